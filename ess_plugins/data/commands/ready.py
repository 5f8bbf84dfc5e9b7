"""What the commands on cleaned files share: how to clean, and what is said of it."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ess_core.errors import PartlyDoneError
from ess_core.host.arguments import whole_number
from ess_core.host.command import BaseCommand
from ess_plugins.data.captions import count

if TYPE_CHECKING:
    from ess_core.tables.prepared import Prepared

_MOST_THREADS = 1024


def add_cleaning(parser: argparse.ArgumentParser) -> None:
    """Add what says how files are cleaned."""
    parser.add_argument("--fresh", action="store_true", help="clean all files again, whatever the cache has")
    parser.add_argument(
        "--usecache", action="store_true", help="trust the stored list of files, and list none anew"
    )
    parser.add_argument(
        "--skip-bad-files", action="store_true", help="leave out files that cannot be used, and name them"
    )
    parser.add_argument(
        "--threads",
        type=_threads,
        metavar="N",
        help="clean N files at once; without it, as many as there are cores, and 3 at most",
    )


def say_ready(command: BaseCommand, found: "Sequence[Prepared]") -> None:
    """Say how many files and rows there are, and what is missing."""
    files, kept, rejected = (
        sum(numbers)
        for numbers in zip(
            *((len(one.files), one.rows_kept, one.rows_rejected) for one in found), strict=True
        )
    )
    command.say(f"{count(files, 'file')}: {count(kept, 'row')} kept, {rejected:,} rejected")
    for one in found:
        for problem in one.problems:
            command.warn(problem)
        if one.archived:
            archived = count(one.archived, "file")
            command.warn(f"{archived} of {one.category.name} not read: archived, and to be restored first")


def raise_problems(found: "Sequence[Prepared]") -> None:
    """Raise PartlyDoneError where rows of some files are missing, which have been named."""
    bad = sum(len(one.problems) for one in found)
    if bad:
        raise PartlyDoneError(f"{count(bad, 'file')} could not be read whole")


def _threads(text: str) -> int:
    return whole_number(text, _MOST_THREADS)
