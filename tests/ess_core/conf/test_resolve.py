"""Which of several places decides about credentials and region."""

import pytest

from ess_core.conf import Overrides, load
from ess_core.errors import ConfigError, UsageError


def test_region_command_line_file_and_environment_in_this_order(write, monkeypatch):
    assert load().region() == (None, "not set")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-south-1")
    assert load().region() == ("eu-south-1", "AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert load().region() == ("eu-north-1", "AWS_REGION")
    write("[EC2]\nregion: eu-west-1\n")
    assert load().region() == ("eu-west-1", "instance.conf:2")
    write("[EC2]\nregion: eu-west-1\n[AWS]\nregion: eu-west-2\n")
    assert load().region() == ("eu-west-2", "instance.conf:4")
    assert load(Overrides(region="us-west-2")).region() == ("us-west-2", "--region")


@pytest.mark.parametrize(
    "name", ["", "mars", "us-east-1a", "us-east-1.example.org", "us-east-1/..", "us east 1", "us-east-1\n"]
)
def test_a_region_that_is_none_is_refused_wherever_it_comes_from(name, monkeypatch):
    with pytest.raises(ConfigError, match=r"--region: .* is not a region such as us-east-1"):
        load(Overrides(region=name)).region()
    if name:
        monkeypatch.setenv("AWS_REGION", name)
        with pytest.raises(ConfigError, match=r"AWS_REGION: .* is not a region"):
            load().region()


def test_a_profile_comes_from_the_command_line_or_the_file(write):
    assert load().profile() is None
    write("[EC2]\nprofile: lab\n")
    assert load().profile() == "lab"
    assert load(Overrides(profile="mine")).profile() == "mine"


def test_only_one_of_file_and_profile_is_used_and_the_other_is_pointed_out(write, folder):
    (folder / "keys.csv").write_text("Access key ID,Secret access key\nAKIAQ7XN2V5LPRT3MZ4K,abcdefgh\n")
    (folder / "keys.csv").chmod(0o600)
    write("[EC2]\naws_credential: keys\nprofile: lab\n")
    conf = load()
    assert conf.profile() is None
    assert conf.credentials() is not None
    assert conf.warnings == (
        "instance.conf:3: [EC2] profile: is not used, since aws_credential names the keys to use",
    )
    chosen = load(Overrides(profile="mine"))
    assert chosen.profile() == "mine"
    assert chosen.credentials() is None


def test_the_aws_section_wins_over_the_ec2_section(write, folder):
    write("[EC2]\naws_credential: absent\n[AWS]\nprofile: lab\n")
    assert load().profile() == "lab"
    assert load().credentials() is None


def test_two_sources_on_the_command_line_exclude_each_other():
    with pytest.raises(UsageError, match="exclude each other"):
        load(Overrides(credentials="keys", profile="lab"))
