"""How to log in to a node is checked before anything can take it for an option."""

import pytest

from ess_core.errors import ConfigError
from ess_core.nodes.worker import Login


@pytest.mark.parametrize(
    "host",
    [
        "",
        "-oProxyCommand=touch /tmp/x",
        "-F",
        "a b",
        "a\nb",
        "a;b",
        "$(id)",
        "a,b",
        "[::1]",
        "bücher",
        "a\0",
        "%h",
        "a/b",
        "a@b",
    ],
)
def test_a_hostile_host_name_is_refused(host: str):
    with pytest.raises(ConfigError, match="cannot be a host name"):
        Login(host)


@pytest.mark.parametrize("username", ["", "-l", "a b", "a\nb", "$(id)", "a;b", "`id`", "a'b", "a/b", "ö"])
def test_a_hostile_user_name_is_refused(username: str):
    with pytest.raises(ConfigError, match="cannot be a user name"):
        Login("10.0.0.1", username=username)


@pytest.mark.parametrize("alias", ["a b", "a,b", "*", "!a", "|1|x", "@revoked", "#x", "-x", "a\nb", "[a]:22"])
def test_an_alias_that_would_mean_something_in_known_hosts_is_refused(alias: str):
    with pytest.raises(ConfigError, match="cannot be a host key alias"):
        Login("10.0.0.1", alias=alias)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_out_of_range_is_refused(port: int):
    with pytest.raises(ConfigError, match="cannot be a port"):
        Login("10.0.0.1", port)


def test_an_address_is_written_so_that_it_can_be_read_again():
    assert Login("10.0.0.1").address == "10.0.0.1:22"
    assert Login("fe80::1%eth0", 2222).address == "[fe80::1%eth0]:2222"
    assert str(Login("10.0.0.1", alias="i-0abc")) == "i-0abc (10.0.0.1:22)"


def test_a_key_is_pinned_under_the_alias_or_as_openssh_names_the_host():
    assert Login("10.0.0.1", 2222, alias="i-0abc").pinned_as == "i-0abc"
    assert Login("10.0.0.1").pinned_as == "10.0.0.1"
    assert Login("10.0.0.1", 2222).pinned_as == "[10.0.0.1]:2222"
