"""A key and a region that are plainly said need no botocore; wherever it could know more, it is asked."""

import os

import pytest

from ess_core.cloud import AccessKey, Cloud, Static
from ess_core.conf import Conf, Overrides

KEY = AccessKey("AKIADUMMYDUMMYDUMMY0", "dummy")


@pytest.fixture(autouse=True)
def region(monkeypatch):
    """A region in the environment, as the key is."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


def test_environment_alone_says_all():
    assert Cloud(Conf()).static == Static("eu-west-1", KEY)


def test_a_session_token_belongs_to_the_key(monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    static = Cloud(Conf()).static
    assert static is not None
    assert static.key == AccessKey("AKIADUMMYDUMMYDUMMY0", "dummy", "token")


def test_no_key_is_no_key(monkeypatch):
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert Cloud(Conf()).static == Static("eu-west-1", None)


@pytest.mark.parametrize(
    "variable",
    [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_USE_DUALSTACK_ENDPOINT",
        "AWS_ROLE_ARN",
    ],
)
def test_what_else_the_environment_says_is_for_botocore(monkeypatch, variable):
    monkeypatch.setenv(variable, "x")
    assert Cloud(Conf()).static is None


def test_without_a_region_botocore_is_asked(monkeypatch):
    monkeypatch.delenv("AWS_REGION")
    assert Cloud(Conf()).static is None


def test_a_profile_is_for_botocore():
    assert Cloud(Conf(overrides=Overrides(profile="work"))).static is None


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("", True),
        ("[default]\nregion = us-west-2\noutput = json\n", True),
        ("[profile work]\nendpoint_url = http://127.0.0.1:1\n", True),
        ("[default]\nendpoint_url = http://127.0.0.1:1\n", False),
        ("[default]\nuse_fips_endpoint = true\n", False),
        ("[default]\ns3 =\n    addressing_style = path\n", False),
        (
            "[default]\nservices = local\n[services local]\ns3 =\n    endpoint_url = http://127.0.0.1:1\n",
            False,
        ),
        ("no section", False),
        ("\0\xff", False),
    ],
)
@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_a_file_that_says_more_is_for_botocore(tmp_path, monkeypatch, variable, text, is_plain):
    (tmp_path / "file").write_text(text)
    monkeypatch.setenv(variable, str(tmp_path / "file"))
    assert (Cloud(Conf()).static is not None) is is_plain


def test_secrets_are_in_no_repr():
    assert "dummy" not in repr(Cloud(Conf()).static)


def test_the_authorities_are_those_of_the_environment(monkeypatch):
    assert Cloud(Conf()).ca_bundle is None
    monkeypatch.setenv("AWS_CA_BUNDLE", "/bundle.pem")
    assert Cloud(Conf()).ca_bundle == "/bundle.pem"
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "default")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    assert Cloud(Conf()).static is None
