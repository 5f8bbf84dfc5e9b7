"""What `[EC2]` asks for, and the pem file that goes with it."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as formats
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from ess_core.conf import Overrides, load
from ess_core.errors import ConfigError
from ess_core.registry import REGISTRY, Entry, Kind
from ess_plugins.ec2 import schema
from ess_plugins.ec2.pem import check as check_pem
from ess_plugins.ec2.pem import private_key
from ess_plugins.ec2.settings import Ec2Settings, read, read_for_launch

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
PKCS1, PKCS8 = formats.PrivateFormat.TraditionalOpenSSL, formats.PrivateFormat.PKCS8
OPENSSH = formats.PrivateFormat.OpenSSH


def _pem(key=ED25519, form=OPENSSH, passphrase=None):
    lock = formats.BestAvailableEncryption(passphrase) if passphrase else formats.NoEncryption()
    return key.private_bytes(formats.Encoding.PEM, form, lock)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The folder of instance.conf, which is not the working folder; HOME is another one."""
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    (tmp_path / "conf").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(REGISTRY, "entries", [Entry(Kind.CONFIG, "EC2", "ec2", schema.SECTION)])
    return tmp_path / "conf"


@pytest.fixture
def conf(folder):
    """Load an instance.conf whose `[EC2]` has these lines."""

    def conf(*lines):
        path = folder / "instance.conf"
        path.write_text("\n".join(("[EC2]", *lines)))
        return load(Overrides(conf=path))

    return conf


def _put(path: Path, data: bytes = b"", mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)
    return path


def test_every_key_arrives(conf, folder):
    found = read(
        conf(
            "use_private_ip: True",
            "instance_tag: Night shift",
            "instance_type:  c7i.large",
            "instance_count: 3",
            "key_name: keys/team.pem",
            "security_groups: essentia-access, sg-1",
            "username: admin",
            "cluster: nightly",
            "ami: ami-0abc",
            "subnet_id: subnet-1, subnet-2",
            "max_instances: 50",
            "volume_size: 40",
            "iam_instance_profile: worker",
            "ssh_port: 2222",
        )
    )
    assert found == Ec2Settings(
        key_name="team",
        pem=folder / "keys" / "team.pem",
        security_groups=("essentia-access", "sg-1"),
        instance_types=("c7i.large",),
        instance_count=3,
        username="admin",
        instance_tag="Night shift",
        use_private_ip=True,
        cluster="nightly",
        ami="ami-0abc",
        subnet_ids=("subnet-1", "subnet-2"),
        max_instances=50,
        volume_size=40,
        iam_instance_profile="worker",
        ssh_port=2222,
    )


def test_an_empty_section_gives_defaults_and_no_key(conf):
    assert read(conf()) == Ec2Settings(
        key_name="",
        pem=None,
        security_groups=(),
        instance_types=("m3.medium",),
        instance_count=2,
        username="ec2-user",
        instance_tag="Essentia Worker Node",
        use_private_ip=False,
        cluster=None,
        ami=None,
        subnet_ids=(),
        max_instances=20,
        volume_size=None,
        iam_instance_profile=None,
        ssh_port=22,
    )


def test_without_any_file_the_defaults_hold():
    assert read(load()).instance_types == ("m3.medium",)


def test_the_pem_is_looked_for_beside_the_file_then_in_ssh_with_pem_first(conf, folder, tmp_path):
    settings = conf("key_name: team")
    in_ssh = tmp_path / "home" / ".ssh"
    assert read(settings).pem == folder / "team.pem"
    for path in (in_ssh / "team", in_ssh / "team.pem", folder / "team", folder / "team.pem"):
        assert read(settings).pem != path
        _put(path)
        assert read(settings).pem == path


def test_an_absolute_path_and_a_tilde_name_the_pem_too(conf, tmp_path):
    elsewhere = _put(tmp_path / "home" / "keys" / "a.pem")
    assert read(conf(f"key_name: {elsewhere}")).pem == elsewhere
    found = read(conf("key_name: ~/keys/a"))
    assert (found.key_name, found.pem) == ("a", elsewhere)


@pytest.mark.parametrize("name", ["team", "team.pem", "keys/team", "./team.pem"])
def test_the_key_pairs_name_has_no_folder_and_no_extension(conf, name):
    assert read(conf(f"key_name: {name}")).key_name == "team"


@pytest.mark.parametrize(
    ("key", "form"), [(RSA, PKCS1), (RSA, PKCS8), (RSA, OPENSSH), (ED25519, PKCS8), (ED25519, OPENSSH)]
)
def test_every_form_of_private_key_is_taken(folder, key, form):
    pem = _put(folder / "k.pem", _pem(key, form))
    assert check_pem(pem) == pem
    assert private_key(pem).public_key() == key.public_key()


def _refused(pem):
    with pytest.raises(ConfigError) as caught:
        check_pem(pem)
    assert "PRIVATE KEY" not in caught.value.message + caught.value.hint
    return caught.value


def test_a_missing_pem_is_named(conf):
    error = _refused(read(conf("key_name: team")).pem)
    assert error.message == "[EC2] key_name: there is no private key conf/team.pem, nor one in ~/.ssh"
    assert _refused(None).message == "[EC2] key_name: is missing, so there is no key to log in with"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610, 0o644])
def test_a_pem_open_to_others_is_refused_with_the_command_that_closes_it(folder, mode):
    pem = _put(folder / "my key.pem", _pem(), mode)
    error = _refused(pem)
    assert error.message == "conf/my key.pem: others on this machine can read it"
    assert error.hint == "chmod 600 'conf/my key.pem'"
    subprocess.run(error.hint, shell=True, check=True)
    assert check_pem(pem) == pem


@pytest.mark.parametrize(("key", "form"), [(RSA, PKCS1), (RSA, PKCS8), (ED25519, PKCS8)])
def test_an_encrypted_pem_is_refused(folder, key, form):
    error = _refused(_put(folder / "k.pem", _pem(key, form, b"pass phrase")))
    assert error.message == "conf/k.pem: is encrypted with a passphrase"
    assert "ssh-keygen -p" in error.hint


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs ssh-keygen")
def test_an_encrypted_openssh_key_is_refused_and_the_hint_helps(folder):
    pem = folder / "k.pem"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "pass phrase", "-f", pem], check=True)
    error = _refused(pem)
    assert error.message == "conf/k.pem: is encrypted with a passphrase"
    command = error.hint.removesuffix(" removes its passphrase")
    subprocess.run(f"{command} -P 'pass phrase'", shell=True, check=True, capture_output=True)
    assert check_pem(pem) == pem


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is not a private key"),
        (b"hello\n", "is not a private key"),
        (_pem()[:100], "is not a private key"),
        (_pem(RSA, PKCS1).replace(b"A", b"B"), "is not a private key"),
        (
            ED25519.public_key().public_bytes(formats.Encoding.OpenSSH, formats.PublicFormat.OpenSSH),
            "is not a private key",
        ),
        (b"PuTTY-User-Key-File-3: ssh-ed25519\n", "is a key in PuTTY's format"),
        (b"0\x82\x04\xa4\x02", ":1: is not UTF-8 text (byte 0x82)"),
        (b"x" * ((1 << 20) + 1), "is larger than 1 MiB; this cannot be the right file"),
    ],
    ids=["empty", "text", "cut off", "damaged", "public key", "PuTTY", "DER", "huge"],
)
def test_what_is_no_private_key_is_refused(folder, data, reason):
    assert _refused(_put(folder / "k.pem", data)).message.endswith(reason)


def test_a_launch_says_which_key_it_misses(conf, folder):
    _put(folder / "team.pem", _pem())
    with pytest.raises(ConfigError) as caught:
        read_for_launch(conf("security_groups: a"))
    assert caught.value.message == "conf/instance.conf: [EC2] key_name: is missing, and a launch needs it"
    with pytest.raises(ConfigError, match="security_groups: is missing"):
        read_for_launch(conf("key_name: team"))
    with pytest.raises(ConfigError, match="there is no private key"):
        read_for_launch(conf("key_name: other", "security_groups: a"))
    with pytest.raises(ConfigError) as caught:
        read_for_launch(load())
    assert caught.value.hint == "ess config init writes a commented one"
    assert read_for_launch(conf("key_name: team", "security_groups: a")).key_name == "team"


def test_a_name_that_is_too_long_for_a_file_is_only_not_there(conf):
    settings = read(conf(f"key_name: {'k-' * 127}"))
    with pytest.raises(ConfigError, match="there is no private key"):
        check_pem(settings.pem)


@pytest.mark.parametrize(
    "rewrite", [lambda data: b"\xef\xbb\xbf" + data, lambda data: data.replace(b"\n", b"\r")]
)
def test_a_key_that_ssh_cannot_read_is_refused_before_it_costs_money(folder, rewrite):
    path = folder / "k.pem"
    path.write_bytes(rewrite(_pem()))
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="byte order mark or has bare CR"):
        check_pem(path)
