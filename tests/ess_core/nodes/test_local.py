"""Hosts of one's own: user@host:port, and nothing else."""

import getpass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_core.nodes import active
from ess_core.nodes.active import Active
from ess_core.nodes.hosts import parse_host
from ess_core.nodes.local import THIS_MACHINE, LocalProvider
from ess_core.nodes.worker import Login

ME = getpass.getuser()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("node", Login("node", 22, ME)),
        ("node:2222", Login("node", 2222, ME)),
        ("ubuntu@node", Login("node", 22, "ubuntu")),
        ("ubuntu@10.0.0.1:2222", Login("10.0.0.1", 2222, "ubuntu")),
        ("[::1]", Login("::1", 22, ME)),
        ("ubuntu@[fe80::1%eth0]:2222", Login("fe80::1%eth0", 2222, "ubuntu")),
    ],
)
def test_a_host_is_read_with_user_and_port(text: str, expected: Login):
    assert parse_host(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "user@",
        "@host",
        "host:",
        "host:x",
        "host:0",
        "host:99999",
        "host:²",
        "::1",
        "[]",
        "[::1",
        "-oX",
        "a b",
        "a@b@c",
        "ssh://a",
        "user@-oProxyCommand=x",
        "a\nb",
        "x" * 10_000 + " ",
    ],
)
def test_anything_else_is_refused_and_says_how_to_write_it(text: str):
    with pytest.raises(UsageError, match="is not a host") as caught:
        parse_host(text)
    assert "user@host:port" in caught.value.hint
    assert "\n" not in caught.value.message


@given(st.text(max_size=40))
def test_any_text_is_a_host_or_a_usage_error(text: str):
    try:
        login = parse_host(text)
    except UsageError:
        return
    assert not login.host.startswith("-")
    assert " " not in login.address


def test_a_user_without_a_name_must_name_one(monkeypatch: pytest.MonkeyPatch):
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert parse_host("ubuntu@node").username == "ubuntu"
    with pytest.raises(UsageError, match="this user has no name"):
        parse_host("node")


def test_without_hosts_work_runs_on_this_machine():
    assert LocalProvider().workers() == [THIS_MACHINE]


def test_with_hosts_it_runs_on_them_in_their_order():
    active.write(Active(hosts=("b", "ubuntu@a:2222")))
    workers = LocalProvider().workers()
    assert [worker.id for worker in workers] == ["b", "ubuntu@a:2222"]
    assert workers[1].login == Login("a", 2222, "ubuntu")
