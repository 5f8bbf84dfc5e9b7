"""What ``[EC2]`` of instance.conf asks for, and the private key that goes with it."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.conf import Conf
from ess_core.conf.text import is_exposed, is_file, read_text, shown
from ess_core.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_SECTION = "EC2"


@dataclass(frozen=True)
class Ec2Settings:
    """``[EC2]``, read; ``pem`` and ``key_name`` are None and empty where the file names no key.

    ``pem`` is where the private key should be: check_pem says whether it is there and can be used.
    """

    key_name: str
    pem: Path | None
    security_groups: tuple[str, ...]
    instance_type: str
    instance_count: int
    username: str
    instance_tag: str
    use_private_ip: bool
    cluster: str | None
    ami: str | None
    subnet_ids: tuple[str, ...]
    max_instances: int
    volume_size: int | None
    iam_instance_profile: str | None
    ssh_port: int


def read(conf: Conf) -> Ec2Settings:
    """The settings for commands that work on what is there; whether they suffice to launch is not asked."""
    values = conf.section(_SECTION)
    named = values.get("key_name")
    return Ec2Settings(
        key_name=Path(named).name.removesuffix(".pem") if named else "",
        pem=_pem(conf, named) if named else None,
        security_groups=tuple(values.get("security_groups", ())),
        instance_type=values["instance_type"],
        instance_count=values["instance_count"],
        username=values["username"],
        instance_tag=values["instance_tag"],
        use_private_ip=values["use_private_ip"],
        cluster=values.get("cluster"),
        ami=values.get("ami"),
        subnet_ids=tuple(values.get("subnet_id", ())),
        max_instances=values["max_instances"],
        volume_size=values.get("volume_size"),
        iam_instance_profile=values.get("iam_instance_profile"),
        ssh_port=values["ssh_port"],
    )


def read_for_launch(conf: Conf) -> Ec2Settings:
    """The settings for a launch. Raises ConfigError where a key that it needs, or the pem, cannot be used."""
    conf.require()
    for key in ("key_name", "security_groups"):
        if key not in conf.section(_SECTION):
            raise ConfigError(f"{conf.where(_SECTION, key)}: is missing, and a launch needs it")
    settings = read(conf)
    check_pem(settings.pem)
    return settings


def check_pem(pem: Path | None) -> Path:
    """The same path, when it holds a private key that can be used without asking.

    Raises ConfigError where it is missing, open to others, encrypted or no private key.
    """
    if pem is None:
        raise ConfigError("[EC2] key_name: is missing, so there is no key to log in with")
    if not is_file(pem):
        reason = f"[EC2] key_name: there is no private key {shown(pem)}, nor one in ~/.ssh"
        raise ConfigError(reason, "put the pem file of the key pair beside instance.conf")
    if is_exposed(pem):
        raise ConfigError(f"{shown(pem)}: others on this machine can read it", f"chmod 600 {_quoted(pem)}")
    private_key(pem)
    return pem


def private_key(pem: Path) -> "PrivateKeyTypes":
    """The key in ``pem``: PKCS#1, PKCS#8 or OpenSSH. Raises ConfigError where it is encrypted or none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    text = read_text(pem)
    if text.startswith("PuTTY-User-Key-File"):
        hint = f"puttygen {_quoted(pem)} -O private-openssh -o key.pem"
        raise ConfigError(f"{shown(pem)}: is a key in PuTTY's format", hint)
    openssh = "BEGIN OPENSSH PRIVATE KEY" in text
    load = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    try:
        return load(text.encode(), None)
    except TypeError:  # how cryptography says that a passphrase is needed
        hint = f"ssh-keygen -p -N '' -f {_quoted(pem)} removes its passphrase"
        raise ConfigError(f"{shown(pem)}: is encrypted with a passphrase", hint) from None
    except (UnsupportedAlgorithm, ValueError):
        raise ConfigError(f"{shown(pem)}: is not a private key", "key_name names the pem from EC2") from None


def _quoted(path: Path) -> str:
    return shlex.quote(shown(path))


def _pem(conf: Conf, name: str) -> Path:
    """Beside the file, then in ~/.ssh; ``name.pem`` before ``name``, which may be anything."""
    names = [name] if name.endswith(".pem") else [f"{name}.pem", name]
    places = [conf.beside(one) for one in names] + [Path.home() / ".ssh" / one for one in names]
    return next((place for place in places if is_file(place)), places[0])
