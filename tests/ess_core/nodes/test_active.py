"""The choice of where work runs outlives the command, and damage to it is said."""

from pathlib import Path

import pytest

from ess_core.errors import EssError
from ess_core.nodes import active
from ess_core.nodes.active import Active


def test_work_runs_on_this_machine_until_something_else_is_chosen(ess_home: Path):
    assert active.read() == Active("local", ())
    assert not ess_home.exists(), "reading must not write"


def test_a_choice_is_kept_for_this_user_only(ess_home: Path):
    active.write(Active("ec2", cluster="night"))
    assert active.read() == Active("ec2", cluster="night")
    active.write(Active(hosts=("ec2-user@10.0.0.1:2222", "ü")))
    assert active.read() == Active("local", ("ec2-user@10.0.0.1:2222", "ü"))
    assert (ess_home / "active.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"local"',
        b'{"provider": 1, "hosts": []}',
        b'{"provider": "x"}',
        b"\xff\xfe\0",
    ],
)
def test_a_damaged_choice_is_an_error_that_says_how_to_choose_again(ess_home: Path, content: bytes):
    ess_home.mkdir()
    (ess_home / "active.json").write_bytes(content)
    with pytest.raises(EssError, match="does not say which cluster") as caught:
        active.read()
    assert "ess instance local" in caught.value.hint
    active.write(Active())
    assert active.read() == Active()
