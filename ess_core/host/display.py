"""Commands that show data in the format the user asks for."""

import difflib
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import cliff.lister
import cliff.show

from ess_core.errors import EssError, UsageError
from ess_core.host import formats
from ess_core.host.base import BaseCommand
from ess_core.host.parser import Parser
from ess_core.host.rows import TEXT

Rows = Iterable[Sequence[Any]]


class Display(BaseCommand):
    """What Lister and ShowOne share: ``-f`` and ``-c``; a command that shows several lists calls ``emit``."""

    default_format: ClassVar[str] = "table"
    columns: Sequence[str] = ()
    """The columns, where they are known beforehand: a wrong ``-c`` is then refused before work starts."""

    def _load_formatter_plugins(self) -> Any:
        return ()  # cliff would import and make every formatter for every command

    def _output_arguments(self, parser: Parser) -> None:
        formats.add_arguments(parser, self.words, self.default_format, self.app.host.warn)

    def prepared(self, args: Namespace) -> formats.Formatter:
        """The formatter asked for, before the work starts; raises UsageError for a column that cannot be."""
        if self.columns:
            _selection(self.columns, args.output_columns)
        return formats.load(args.output_format, args)

    def emit(self, formatter: formats.Formatter, names: Sequence[str], rows: Rows, args: Namespace) -> None:
        """Write rows; where they raise EssError, what came before, then that.

        A name that columns share gets a number: ``a``, ``a_1``.
        """
        picked, selected = _select(_numbered(names), rows, args.output_columns)
        failures: list[EssError] = []
        formats.emit_list(formatter, picked, _until_failure(selected, failures), self.app.stdout, args)
        if failures:
            raise failures[0]

    def _emit_one(
        self, formatter: formats.Formatter, names: Sequence[str], values: Iterable[Any], args: Namespace
    ) -> None:
        picked, rows = _select(names, [tuple(values)], args.output_columns)
        formats.emit_one(formatter, picked, next(iter(rows)), self.app.stdout, args)


class Lister(Display, cliff.lister.Lister):
    """A command that shows rows: ``take_action`` returns column names and an iterable of rows.

    The rows may raise EssError at their end: what came before is shown, then the error.
    """

    def run(self, parsed_args: Namespace) -> int:
        """Run the command and write its rows."""
        formatter = self.prepared(parsed_args)
        names, rows = self.take_action(parsed_args)
        self.emit(formatter, names, rows, parsed_args)
        return 0


class Screen(Lister):
    """A Lister that shows a person a screen, in the format text, and rows in all others."""

    default_format: ClassVar[str] = TEXT

    def screen(self, args: Namespace) -> Iterable[str]:
        """The lines; they may raise EssError at their end."""
        raise NotImplementedError

    def is_about_one(self, args: Namespace) -> bool:  # noqa: ARG002 - for those that may be
        """True where there is one row, to be shown as one thing and not as a list."""
        return False

    def run(self, parsed_args: Namespace) -> int:
        """Run the command and write its lines, or rows where a format or columns are asked for."""
        if parsed_args.output_format != TEXT or parsed_args.output_columns:
            return self._run_one(parsed_args) if self.is_about_one(parsed_args) else super().run(parsed_args)
        for line in self.screen(parsed_args):
            self.app.stdout.write(line + "\n")
        return 0

    def _run_one(self, args: Namespace) -> int:
        formatter = self.prepared(args)
        names, rows = self.take_action(args)
        each = iter(rows)
        self._emit_one(formatter, names, next(each), args)
        for _ in each:
            """There is no other row, but what went wrong may be raised here."""
        return 0


class ShowOne(Display, cliff.show.ShowOne):
    """A command that shows one thing: ``take_action`` returns names and values."""

    def run(self, parsed_args: Namespace) -> int:
        """Run the command and write its answer."""
        formatter = self.prepared(parsed_args)
        names, values = self.take_action(parsed_args)
        self._emit_one(formatter, names, values, parsed_args)
        return 0


def _select(names: Sequence[str], rows: Rows, wanted: Sequence[str]) -> tuple[Sequence[str], Rows]:
    if not wanted:
        return names, rows
    picked = _selection(names, wanted)
    return [names[index] for index in picked], ([row[index] for index in picked] for row in rows)


def _numbered(names: Sequence[str]) -> Sequence[str]:
    """The names, of which no two are the same; most formats would lose a column, or refuse them."""
    there, found = set(names), dict[str, None]()
    for name in names:
        number, other = 0, name
        while other in found or (number and other in there):
            number += 1
            other = f"{name}_{number}"
        found[other] = None
    return list(found)


def _selection(names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    known = [_normal(name) for name in names]
    return [_index(known, _normal(name)) for name in wanted]


def _index(known: list[str], name: str) -> int:
    if name in known:
        return known.index(name)
    close = difflib.get_close_matches(name, known, 1)
    message = f"there is no column '{name}'" + (f"; did you mean {close[0]}?" if close else "")
    raise UsageError(message, f"columns are: {', '.join(known)}")


def _normal(name: str) -> str:
    return name.lower().strip().replace(" ", "_")


def _until_failure(rows: Rows, failures: list[EssError]) -> Iterator[Sequence[Any]]:
    try:
        yield from rows
    except EssError as failure:
        failures.append(failure)
