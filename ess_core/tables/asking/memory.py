"""How much memory this process may have: the machine's, or less where its control group has less."""

import os
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUP = Path("/proc/self/cgroup")


def available_bytes() -> int:
    """The memory of the machine, or the limit of the control groups (v2) that this process is in."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_limits()])


def _limits() -> list[int]:
    own = _GROUPS / _own_group()
    found = [_limit(group) for group in (own, *own.parents) if group.is_relative_to(_GROUPS)]
    return [limit for limit in found if limit is not None]


def _own_group() -> str:
    """The path of this process's group below that of all, without the slash in front."""
    try:
        lines = _OWN_GROUP.read_text().splitlines()
    except OSError:
        return ""
    return next((line.removeprefix("0::").strip("/") for line in lines if line.startswith("0::")), "")


def _limit(group: Path) -> int | None:
    """The limit in bytes; None where there is none. Source: the kernel's admin-guide/cgroup-v2."""
    try:
        return int((group / "memory.max").read_text())
    except (OSError, ValueError):  # no such group here, or 'max'
        return None
