"""What `ess config show` lists."""

from ess_core.conf import Overrides, load
from ess_core.conf.show import Row, rows

SECRET = "hG7/kPq2vXw9+LmZ4nRt8BdYc1JfSa5uEoTi3QbW"


def test_every_value_comes_with_its_origin(write, documented, monkeypatch):
    write(documented)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    found = rows(load())
    assert found[:3] == [
        Row("AWS", "aws_credential", "credential_file", "instance.conf:2"),
        Row("AWS", "profile", "", "not set"),
        Row("AWS", "region", "eu-west-1", "AWS_REGION"),
    ]
    assert Row("EC2", "security_groups", "essentia-access", "instance.conf:8") in found
    assert Row("EC2", "use_private_ip", "False", "instance.conf:3") in found
    assert Row("EC2", "max_instances", "20", "default") in found
    assert Row("EC2", "ami", "", "not set") in found
    assert Row("EC2", "spot", "False", "default") in found


def test_the_command_line_is_shown_as_the_origin(write, documented):
    write(documented)
    found = rows(load(Overrides(profile="lab", region="us-west-2")))
    assert found[:3] == [
        Row("AWS", "aws_credential", "", "not set"),
        Row("AWS", "profile", "lab", "--profile"),
        Row("AWS", "region", "us-west-2", "--region"),
    ]


def test_secrets_are_masked(loaded, register):
    register(
        "Vault", "vault", {"token": {"type": "string", "meta": {"secret": True}}, "other": {"type": "list"}}
    )
    found = rows(loaded(f"[Vault]\ntoken: {SECRET}\nother: a, b\n"))
    assert Row("Vault", "token", "********", "instance.conf:2") in found
    assert Row("Vault", "other", "a, b", "instance.conf:3") in found
