"""Rows that several commands show alike, as lines for a person or as columns for a script."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ess_core.files.archives import Member

TEXT = "text"
"""The format that shows lines."""

NO_TIME = " " * 19
"""As wide as a time in a line."""

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
_MEMBER = ("name", "size", "packed_size", "last_modified")
_MEMBER_LINE = ("last_modified", "size", "name")


def members(found: "Iterable[Member]", lines: bool) -> Table:
    """Members of an archive."""
    if lines:
        return _MEMBER_LINE, ((one.last_modified or NO_TIME, one.size, one.name) for one in found)
    return _MEMBER, (tuple(getattr(one, name) for name in _MEMBER) for one in found)
