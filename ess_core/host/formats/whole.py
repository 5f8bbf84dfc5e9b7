"""cliff's formats; each needs all rows before it writes the first, except csv and value."""

import argparse
import csv
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

from cliff.formatters import commaseparated, json_format, value, yaml_format
from cliff.formatters.base import ListFormatter, SingleFormatter

from ess_core.host.escape import visible
from ess_core.host.formats.plain import plain, readable, text

Names = Sequence[str]
Row = Sequence[Any]


class Json(json_format.JSONFormatter):
    """One JSON document."""

    def emit_list(self, column_names: Names, data: Iterable[Row], stdout: TextIO, args: Namespace) -> None:
        """Write a list of objects."""
        super().emit_list(column_names, _plain(data), stdout, args)

    def emit_one(self, column_names: Names, data: Row, stdout: TextIO, args: Namespace) -> None:
        """Write one object."""
        super().emit_one(column_names, plain(tuple(data)), stdout, args)


class Yaml(yaml_format.YAMLFormatter):
    """One YAML document."""

    def emit_list(self, column_names: Names, data: Iterable[Row], stdout: TextIO, args: Namespace) -> None:
        """Write a list of mappings."""
        super().emit_list(column_names, _plain(data), stdout, args)

    def emit_one(self, column_names: Names, data: Row, stdout: TextIO, args: Namespace) -> None:
        """Write one mapping."""
        super().emit_one(column_names, plain(tuple(data)), stdout, args)


class Csv(commaseparated.CSVLister):
    """Comma-separated values with a header."""

    def emit_list(self, column_names: Names, data: Iterable[Row], stdout: TextIO, args: Namespace) -> None:
        """Write the header and the rows; cliff's own doubles each backslash, which no reader takes back."""
        escape = "\\" if args.quote_mode == "none" else None
        quoting = self.QUOTE_MODES[args.quote_mode]
        writer = csv.writer(stdout, quoting=quoting, escapechar=escape, lineterminator="\n")
        writer.writerow(column_names)
        writer.writerows(_plain(data))


class Value(value.ValueFormatter):
    """The bare values, with a blank between them."""

    def emit_list(self, column_names: Names, data: Iterable[Row], stdout: TextIO, args: Namespace) -> None:
        """Write one line a row."""
        super().emit_list(column_names, _texts(data), stdout, args)

    def emit_one(self, column_names: Names, data: Row, stdout: TextIO, args: Namespace) -> None:
        """Write one line a value."""
        super().emit_one(column_names, [text(cell) for cell in data], stdout, args)


class Table(ListFormatter, SingleFormatter):
    """A table with lines; its library is imported when it is written, not for a help page."""

    def add_argument_group(self, parser: argparse.ArgumentParser) -> None:
        """Add what cliff's table has."""
        group = parser.add_argument_group("table")
        group.add_argument(
            "--max-width", metavar="CHARACTERS", type=int, default=0, help="wrap cells so that the table fits"
        )
        group.add_argument("--fit-width", action="store_true", help="wrap cells to the terminal's width")
        group.add_argument("--print-empty", action="store_true", help="show the header of an empty table")

    def emit_list(self, column_names: Names, data: Iterable[Row], stdout: TextIO, args: Namespace) -> None:
        """Write the table; nothing for no rows."""
        from ess_core.host.formats.wide import WideTable

        rows = [[_cell(value) for value in row] for row in data]
        if rows or args.print_empty:
            WideTable().emit_list(column_names, rows, stdout, args)

    def emit_one(self, column_names: Names, data: Row, stdout: TextIO, args: Namespace) -> None:
        """Write a table of names and values."""
        from ess_core.host.formats.wide import WideTable

        WideTable().emit_one(column_names, [_cell(value) for value in data], stdout, args)


def _plain(rows: Iterable[Row]) -> Iterator[Row]:
    return ([plain(value) for value in row] for row in rows)


def _texts(rows: Iterable[Row]) -> Iterator[Row]:
    return ([text(value) for value in row] for row in rows)


def _cell(value: Any) -> Any:
    return value if isinstance(value, int | float) else visible(readable(value))
