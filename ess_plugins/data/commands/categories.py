"""What the commands on categories share: which one is meant, and what is said of it and its files."""

import argparse
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from ess_core.files.sizes import size_text
from ess_core.host.command import BaseCommand
from ess_core.host.escape import escape
from ess_core.host.progress import watched
from ess_core.phrases import archived, count

if TYPE_CHECKING:
    from ess_core.files.facts import Fact
    from ess_core.tables.categories import Category
    from ess_core.tables.categories.comparing import Watch
    from ess_core.tables.categories.probing import Probed
    from ess_core.tables.dialect import Dialect

_SHOWN = 60  # characters of a columnspec


def category(args: argparse.Namespace, name: str) -> "Category":
    """The category of that name: of ``--label``'s datastore; without it, of the active one or any other."""
    from ess_core.tables import categories

    return categories.named(name, args.label)


def say_none(command: BaseCommand) -> None:
    """Say that there is no category, and how to make one."""
    command.say("there is no category: `ess category add NAME PATTERN` makes one")


def counted(command: BaseCommand) -> "Watch":
    """What shows how many files were listed, where that takes long."""
    return partial(_watched, command)


def _watched(command: BaseCommand, files: "Iterator[Fact]") -> "Iterator[Fact]":
    return watched(command, files, "files")


def say_files(command: BaseCommand, found: "Category") -> None:
    """Say how many files a category has, and of which dates."""
    dates = "none has a date"
    if found.first and found.last:
        dates = f"{found.first} to {found.last}" if found.first != found.last else f"all of {found.first}"
    command.say(f"{found.name}: {count(found.files, 'file')}, {size_text(found.size_bytes)}, {dates}")
    if found.archived:
        command.warn(archived(found.archived))


def say_format(command: BaseCommand, probed: "Probed") -> None:
    """Say what the files are, by the one that was looked into."""
    if not probed.file:
        command.warn(f"no file could be looked into: {probed.why}")
        return
    found = probed.category
    assert found.dialect, "a file that was looked into has one"
    assert found.columns, "and columns"
    spec = str(found.columns)
    shown = spec if len(spec) <= _SHOWN else f"{spec[:_SHOWN]}…"
    columns = count(len(found.columns.columns), "column")
    name = escape(probed.file.key)
    command.say(f"{name}: {_described(found.dialect)}; {columns}: {shown}")
    if probed.doubt:
        command.warn(f"{name}: {probed.doubt}")


def _described(dialect: "Dialect") -> str:
    from ess_core.tables.dialect import Shape
    from ess_plugins.data.formats import parts

    _, shape = next(parts(dialect))
    header = ", a header" if dialect.names else ", no header"
    has_lines = dialect.shape in (Shape.DELIMITED, Shape.FIXED)
    return f"{shape}{header * has_lines}{f', {dialect.encoding}' * (dialect.shape is not Shape.PARQUET)}"
