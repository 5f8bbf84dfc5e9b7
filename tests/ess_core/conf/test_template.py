"""The instance.conf of `ess config init`."""

import re

from ess_core.conf.template import template
from ess_core.registry import REGISTRY


def test_the_new_file_is_good_as_it_is(loaded, documented):
    conf = loaded(template())
    assert conf.warnings == ()
    assert conf.section("EC2") == {**loaded(documented).section("EC2"), "ttl": "24h"}


def test_every_example_behind_a_hash_is_good_too(loaded, register):
    conf = loaded(re.sub(r"(?m)^# (?=\[|[a-z_]+:)", "", template()))
    assert conf.section("EC2").keys() >= {
        "profile",
        "region",
        "cluster",
        "ami",
        "subnet_id",
        "volume_size",
        "ssh_port",
    }
    assert conf.section("plugins") == {"block": ["redshift", "sandbox"]}


def test_every_key_says_what_it_is_for():
    settings = [line for line in template().splitlines() if re.match(r"(# )?[a-z_]+:", line)]
    assert len(settings) == 24
    assert all(re.search(r"\S # \S|\S  +# \S", line) for line in settings)


def test_a_plugins_section_appears_with_its_help(register):
    register(
        "Data",
        "data",
        {"scratch": {"type": "string", "meta": {"help": "where\nparts go", "example": "s3://b"}}},
    )
    register("Must", "must", {"name": {"type": "string", "required": True}})
    assert "\n# [Data]\n# scratch: s3://b                    # where parts go\n" in template()
    assert "\n[Must]\nname: \n" in template()


def test_without_the_ec2_plugin_the_core_asks_in_its_own_section(loaded):
    REGISTRY.entries = []
    assert "[EC2]" not in template()
    assert loaded(template()).section("AWS") == {"aws_credential": "credential_file"}
