"""Sections against schemas: good values, precise refusals, and plugins that cannot break others."""

import pytest

from ess_core.conf import load
from ess_core.conf.loading import FileError
from ess_core.conf.schemas import faults
from ess_core.host.plugins import Host
from ess_core.registry import REGISTRY, Kind, Registry

ACCESS_KEY_ID = "AKIAQ7XN2V5LPRT3MZ4K"
SECRET = "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"


def test_the_documented_file_gives_the_documented_values(loaded, documented):
    conf = loaded(documented)
    assert conf.warnings == ()
    assert conf.section("EC2") == {
        "aws_credential": "credential_file",
        "use_private_ip": False,
        "instance_tag": "Essentia Worker Node",
        "instance_type": ["m3.medium"],
        "instance_count": 2,
        "key_name": "pem_file",
        "security_groups": ["essentia-access"],
        "username": "ec2-user",
        "max_instances": 20,
        "ssh_port": 22,
        "spot": False,
    }
    assert conf.origin("EC2", "instance_count") == "instance.conf:6"
    assert conf.origin("EC2", "ssh_port") == "default"
    assert conf.origin("EC2", "ami") == "not set"


def test_the_message_has_file_line_section_key_value_and_what_was_expected(refused, documented):
    text = documented.replace("instance_count: 2 ", "instance_count: two ")
    assert refused(text) == "instance.conf:6: [EC2] instance_count: 'two' is not a whole number"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("instance_count: 0", "'0' is less than 1"),
        ("instance_count: -1", "'-1' is less than 1"),
        ("instance_count: 2.0", "'2.0' is not a whole number"),
        ("instance_count: 1_000", "'1_000' is not a whole number"),
        ("instance_count: \u0663", "'\u0663' is not a whole number"),
        ("instance_count: 1" + "0" * 30, f"'1{'0' * 30}' is too large"),
        ("ssh_port: 65536", "'65536' is more than 65535"),
        ("use_private_ip: maybe", "'maybe' is not yes or no"),
        ("username: -oProxyCommand=sh", "'-oProxyCommand=sh' is not a user name such as ec2-user"),
        ("cluster: ../up", "'../up' is not a name of letters, digits, '.', '_' and '-'"),
        ("ami: m3.medium", "'m3.medium' is not an image id such as ami-0abcdef1234567890"),
        ("subnet_id: subnet-1, eth0", "'eth0' is not a subnet id such as subnet-0abc1234"),
        ("region: mars", "'mars' is not a region such as us-east-1"),
        ("region: us-east-1.example.org", "'us-east-1.example.org' is not a region such as us-east-1"),
        ("security_groups: ,", "',' is an empty list"),
        ("instance_tag: a\n  b", "'a\\nb' has several lines"),
        ("instance_tag: a\x1b[31mb", "'a\\x1b[31mb' has characters that cannot be shown"),
        ("username:", "has no value; delete the line to leave it out"),
        ("instance_type: m3.medium, -x", "'-x' is not an instance type such as m3.medium"),
        ("spot: sometimes", "'sometimes' is not yes or no"),
        ("ttl: 24", "'24' is not a time such as 90m, 24h or 7d, or none"),
        ("tags: a, b=c", "'a, b=c' has 'a', which is not a tag such as Team=data"),
        ("proxy_jump: a@", "'a@' is not [user@]host[:port]"),
        ("proxy_jump: b, -oX", "'b, -oX' has '-oX', which is not [user@]host[:port]"),
        ("associate_public_ip: none", "'none' is not yes or no"),
    ],
)
def test_a_bad_value_is_refused(refused, line, message):
    key = line.partition(":")[0]
    assert refused(f"[EC2]\n\n{line}\n") == f"instance.conf:3: [EC2] {key}: {message}"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("use_private_ip: ON", True),
        ("use_private_ip = 0", False),
        ("instance_count: +7", 7),
        ("security_groups: sg-1,\n  launch wizard 1\n  sg-2,", ["sg-1", "launch wizard 1", "sg-2"]),
        ("subnet_id: subnet-1", ["subnet-1"]),
        ("instance_tag: Arbeiter für Zoë", "Arbeiter für Zoë"),
        ("Instance_Tag: x", "x"),
        ("iam_instance_profile: arn:aws:iam::123456789012:instance-profile/worker", None),
        ("region: us-gov-west-1", "us-gov-west-1"),
        ("region: eusc-de-east-1", "eusc-de-east-1"),
    ],
)
def test_a_good_value_is_read(loaded, line, value):
    key, _, text = line.replace("=", ":").partition(":")
    assert loaded(f"[EC2]\n{line}\n").section("EC2")[key.strip().lower()] == (
        value if value is not None else text.strip()
    )


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("instance_typ: x", "; did you mean instance_type?"),
        ("securitygroups: x", "; did you mean security_groups?"),
        ("zzz: x", ""),
    ],
)
def test_an_unknown_key_is_an_error_that_says_what_was_meant(refused, line, meant):
    key = line.partition(":")[0]
    assert refused(f"[EC2]\n{line}\n") == f"instance.conf:2: [EC2] {key}: unknown key{meant}"


def test_an_unknown_section_is_a_warning_that_says_what_was_meant(loaded):
    conf = loaded("[ec2]\nspot: yes\n\n[Vault]\na: 1\n")
    assert conf.warnings == (
        "instance.conf:1: [ec2]: no plugin here has such a section; did you mean [EC2]?",
        "instance.conf:4: [Vault]: no plugin here has such a section",
    )


def test_all_errors_are_found_and_the_first_line_comes_first(write):
    write("[EC2]\nssh_port: x\nspot: x\n[AWS]\nregion: !\n[plugins]\nblok: a\n")
    with pytest.raises(FileError) as caught:
        load()
    assert [problem.split(": ")[0] for problem in caught.value.problems] == [
        "instance.conf:2",
        "instance.conf:3",
        "instance.conf:5",
        "instance.conf:7",
    ]
    assert caught.value.message == caught.value.problems[0]
    assert caught.value.hint == "ess config check shows 3 more"


def test_a_value_cut_at_a_hash_is_pointed_out(loaded):
    text = "[EC2]\naws_credential: keys.csv #joe\ninstance_tag: one # comment\nusername: me  #---\n"
    conf = loaded(text)
    assert conf.warnings == (
        "instance.conf:2: [EC2] aws_credential: what follows ' #' is a comment and not part of the value",
    )


@pytest.mark.parametrize(
    "line",
    [
        f"aws_credential: {ACCESS_KEY_ID}",
        f"aws_credential: {SECRET}",
        f"key_name: {ACCESS_KEY_ID},{SECRET}",
        f"secret_access_key: {SECRET}",
        "aws_secret_access_key: short",
        "AWS_ACCESS_KEY_ID = x",
        "aws_session_token: x",
    ],
)
@pytest.mark.parametrize("section", ["EC2", "AWS", "Vault"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(refused, section, line):
    message = refused(f"[{section}]\n{line}\n")
    assert "holds an AWS secret; keep it in a credential CSV" in message
    assert message.startswith(
        f"instance.conf:2: [{section}] {line.partition(':')[0].partition(' ')[0].lower()}: "
    )
    assert ACCESS_KEY_ID not in message
    assert SECRET[:8] not in message


@pytest.mark.parametrize(
    "name", ["/srv/Data/Projects2024/keys/mycompanykey", "/home/joe/work/essentia/2024/08/keyfiles"]
)
def test_a_path_as_long_as_a_secret_is_not_taken_for_one(loaded, name):
    assert len(name) == 40
    assert loaded(f"[EC2]\nkey_name: {name}\n").section("EC2")["key_name"] == name


@pytest.mark.parametrize(
    "tag", ["SlovakiaBratislava1", "ASIAPACIFIC", "asia-pacific-production-2024", "AKIA"]
)
def test_a_place_is_not_taken_for_an_access_key_id(loaded, tag):
    assert loaded(f"[EC2]\ninstance_tag: {tag}\n").section("EC2")["instance_tag"] == tag


def test_a_plugin_gets_its_own_section(loaded, register):
    schema = {
        "rate": {"type": "float", "default": 0.5},
        "size": {"type": "integer", "min": 1},
        "mode": {"type": "string", "allowed": ["fast", "safe"], "required": True},
        "hosts": {"type": "list"},
        "debug": {"type": "boolean", "coerce": "yes_no", "default": False},
    }
    register("Other", "other", schema)
    conf = loaded("[Other]\nsize: 3\nmode: fast\nhosts: a, b\nrate: 1.5\n")
    assert conf.section("Other") == {
        "size": 3,
        "mode": "fast",
        "hosts": ["a", "b"],
        "rate": 1.5,
        "debug": False,
    }


def test_what_a_plugin_requires_is_only_missed_where_its_section_is_there(loaded, refused, register):
    register("Other", "other", {"mode": {"type": "string", "allowed": ["fast", "safe"], "required": True}})
    assert loaded("[EC2]\n").section("Other") == {}
    assert refused("[EC2]\n[Other]\n") == "instance.conf:2: [Other] mode: is missing"
    assert refused("[Other]\nmode: odd\n") == "instance.conf:2: [Other] mode: 'odd' is not one of fast, safe"


def _fails(*_arguments):
    raise TypeError("a bug of the plugin")


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (None, "is not a dict"),
        (["a"], "is not a dict"),
        ({"a": "string"}, "is not a dict"),
        ({"a": {"type": "no such type"}}, "is not a cerberus schema"),
        ({"a": {"no such rule": 1}}, "is not a cerberus schema"),
        ({"a": {"coerce": "no such coercer"}}, "is not a cerberus schema"),
        ({"a": {"type": {}}}, "is not a cerberus schema"),
        ({"A": {"type": "string"}}, "names a key that is not lower case: 'A'"),
        ({1: {"type": "string"}}, "names a key that is not lower case: 1"),
        ({"a": {"type": "integer", "default": "two"}}, "has a default that does not fit: a"),
        ({"a": {"default_setter": _fails}}, "has a default that does not fit: a"),
        ({"a": {"type": "string", "check_with": _fails}}, "failed: TypeError"),
    ],
)
def test_a_bad_schema_breaks_only_its_own_section(loaded, register, documented, schema, reason):
    register("Bad", "bad", schema)
    register("Good", "good", {"b": {"type": "integer"}})
    conf = loaded(documented + "[Bad]\na: 1\n[Good]\nb: 2\n")
    assert [*conf.broken] == ["bad"]
    assert "[Bad]" in conf.broken["bad"]
    assert reason in conf.broken["bad"]
    assert conf.section("Bad") == {}
    assert conf.section("Good") == {"b": 2}
    assert conf.section("EC2")["instance_count"] == 2


@pytest.mark.parametrize("section", ["AWS", "plugins"])
def test_a_plugin_cannot_take_a_section_of_the_core(loaded, register, section):
    register(section, "greedy", {"profile": {"type": "integer"}})
    conf = loaded("[AWS]\nprofile: work\n")
    assert "belongs to the core" in conf.broken["greedy"]
    assert conf.section("AWS") == {"profile": "work"}


def test_a_value_that_a_schema_calls_secret_is_its_plugins_business(loaded, register):
    register("Vault", "vault", {"token": {"type": "string", "meta": {"secret": True}}})
    conf = loaded(f"[Vault]\ntoken: {SECRET}\n")
    assert conf.section("Vault") == {"token": SECRET}
    assert SECRET not in repr(conf)
    assert SECRET.lower() not in repr(loaded(f"[Absent]\nx{SECRET}: 1\n"))


def test_without_the_ec2_plugin_its_section_still_says_whose_credentials(loaded, refused):
    REGISTRY.entries = []
    conf = loaded("[EC2]\nprofile: work\nregion: eu-west-1\nspot: what ever\n")
    assert conf.warnings == ()
    assert conf.profile() == "work"
    assert conf.region() == ("eu-west-1", "instance.conf:3")
    assert conf.section("EC2") == {"profile": "work", "region": "eu-west-1"}
    assert refused("[EC2]\nregion: mars\n").startswith("instance.conf:2: [EC2] region: 'mars'")


def test_the_schemas_that_come_with_ess_are_good() -> None:
    registry = Registry()
    Host(registry).load(without="the tests")
    own = [entry for entry in registry.of(Kind.CONFIG) if entry.plugin in registry.own]
    assert own
    for entry in own:
        assert list(faults(entry.name, entry.value)) == []
