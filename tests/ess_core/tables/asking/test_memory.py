"""How much memory there is, also in a container."""

import pytest

from ess_core.tables.asking import memory


@pytest.fixture
def group(tmp_path, monkeypatch):
    """A control group `a/b` of this process; returns the folder of all groups."""
    (tmp_path / "groups" / "a" / "b").mkdir(parents=True)
    (tmp_path / "own").write_text("1:name=systemd:/x\n0::/a/b\n")
    monkeypatch.setattr(memory, "_GROUPS", tmp_path / "groups")
    monkeypatch.setattr(memory, "_OWN_GROUP", tmp_path / "own")
    return tmp_path / "groups"


def test_the_least_limit_of_the_groups_counts(group):
    machine = memory.available_bytes()
    assert machine > 1 << 27
    (group / "a" / "b" / "memory.max").write_text("max\n")
    assert memory.available_bytes() == machine
    (group / "memory.max").write_text(f"{1 << 26}\n")
    assert memory.available_bytes() == 1 << 26
    (group / "a" / "memory.max").write_text(f"{1 << 25}\n")
    assert memory.available_bytes() == 1 << 25
    (group.parent / "own").unlink()
    assert memory.available_bytes() == 1 << 26
