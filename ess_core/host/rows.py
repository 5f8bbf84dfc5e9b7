"""Rows that several commands show alike, as lines for a person or as columns for a script."""

import argparse
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ess_core.files.globs import or_nothing, select

if TYPE_CHECKING:
    from ess_core.files.archives import Member

TEXT = "text"
"""The format that shows lines."""

NO_TIME = " " * 19
"""As wide as a time in a line."""

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
_MEMBER = ("name", "size", "packed_size", "last_modified")
_MEMBER_LINE = ("last_modified", "size", "name")


def add_pattern(parser: argparse.ArgumentParser) -> None:
    """Add ``--pattern``, which picks members of an archive."""
    parser.add_argument(
        "--pattern",
        action="append",
        default=[],
        metavar="GLOB",
        help="only members whose whole name matches; repeat for more",
    )


def matching(found: "Iterable[Member]", patterns: Sequence[str], archive: str) -> "Iterable[Member]":
    """The members that one of the patterns matches, all where there is none.

    Raises UsageError for a bad pattern, and NothingMatchedError at the end where none matches.
    """
    if not patterns:
        return found
    wanted = select(patterns)
    nothing = f"nothing in {archive} matches {' or '.join(map(repr, patterns))}"
    return or_nothing((one for one in found if wanted.matches(one.name)), nothing)


def members(found: "Iterable[Member]", lines: bool) -> Table:
    """Members of an archive."""
    if lines:
        return _MEMBER_LINE, ((one.last_modified or NO_TIME, one.size, one.name) for one in found)
    return _MEMBER, (tuple(getattr(one, name) for name in _MEMBER) for one in found)
