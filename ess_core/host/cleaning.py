"""What the commands on cleaned files share: how to clean, and what is said of it."""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ess_core.errors import PartlyDoneError
from ess_core.host.arguments import add_master, whole_number
from ess_core.host.command import BaseCommand
from ess_core.phrases import archived, count

if TYPE_CHECKING:
    from ess_core.tables.prepared import Prepared

_MOST_THREADS = 1024
_MOST_NOTES = 5


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
        help="clean N files at once; without it, as many as there are cores, and 3 at most on this machine",
    )
    add_master(parser)


def say_ready(command: BaseCommand, found: "Sequence[Prepared]") -> None:
    """Say how many files and rows there are, what is missing, and what is not as one may think."""
    files, kept, rejected = (
        sum(numbers)
        for numbers in zip(
            *((len(one.files), one.rows_kept, one.rows_rejected) for one in found), strict=True
        )
    )
    command.say(f"{count(files, 'file')}: {count(kept, 'row')} kept, {rejected:,} rejected")
    warn_ready(command, found)


def warn_ready(command: BaseCommand, found: "Sequence[Prepared]") -> None:
    """Warn of what is missing, and of what is not as one may think."""
    for problem in _problems(found):
        command.warn(problem)
    for one in found:
        for line in _odd(one):
            command.warn(line)


def raise_problems(found: "Sequence[Prepared]") -> None:
    """Raise PartlyDoneError where rows of some files are missing, which have been named."""
    if bad := len(_problems(found)):
        raise PartlyDoneError(f"{count(bad, 'file')} could not be read whole")


def _problems(found: "Sequence[Prepared]") -> list[str]:
    """A line for each file that is bad, also where it is in two tables of a query."""
    return list(dict.fromkeys(problem for one in found for problem in one.problems))


def _odd(one: "Prepared") -> Iterator[str]:
    """What is no error, and may yet be a surprise."""
    name = one.category.name
    if one.archived:
        yield f"{name}: {archived(one.archived)}"
    if recoded := sum(part.recoded_lines for part in one.parts):
        yield f"{count(recoded, 'line')} of {name} not UTF-8, and read as Windows-1252"
    keys: dict[str, list[str]] = {}
    for file in one.files:
        for note in {part.note for part in file.parts if part.note}:
            keys.setdefault(note, []).append(file.file.key)
    for note, those in list(keys.items())[:_MOST_NOTES]:
        yield f"{count(len(those), 'file')} of {name} with another header: {note}, such as {those[0]!r}"
    if len(keys) > _MOST_NOTES:
        yield f"and {len(keys) - _MOST_NOTES} other headers of {name}"


def _threads(text: str) -> int:
    return whole_number(text, _MOST_THREADS)
