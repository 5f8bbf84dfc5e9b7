"""`ess probe`: arguments and output."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ess_core.files import selected
from ess_core.files.globs import Glob
from ess_core.files.opening import opened
from ess_core.files.sizes import size_text
from ess_core.host.arguments import row_count
from ess_core.host.command import Screen
from ess_core.host.escape import escape
from ess_core.host.rows import Table
from ess_core.host.terminal import columns
from ess_core.phrases import count, local_time
from ess_plugins.data.commands import categories as shown
from ess_plugins.data.commands import screens, texts
from ess_plugins.data.commands.common import add_label, chosen

if TYPE_CHECKING:
    from ess_core.tables.categories import Category
    from ess_core.tables.extraction import Extraction
    from ess_plugins.data.probing import Probe as Probed

ROWS = 5
_CELL = 40  # characters of a cell in the first rows
_COLUMNS = ("column", "type", "sql", "why")


class Probe(Screen):
    """Show what a file is: compression, format, columns, rows.

    Of a pattern or a category, the first file that can be read, and that of a category as the category says,
    but for the options. What an option says is not looked for. With another format than text, the columns
    are shown.
    """

    columns = _COLUMNS

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "what", metavar="FILE|PATTERN|CATEGORY", help="a category, a key, or a quoted glob over keys"
        )
        parser.add_argument(
            "--rows", type=row_count, default=ROWS, metavar="N", help=f"show N rows (default: {ROWS})"
        )
        parser.add_argument(
            "--literal", action="store_true", help="take FILE as a key, and not as a category or a glob"
        )
        texts.add_extraction(parser)
        texts.add_given(parser)
        add_label(parser)

    def screen(self, args: argparse.Namespace) -> Iterator[str]:
        """The lines."""
        found = self._probed(args)
        yield escape(found.file.key)
        yield from screens.facts(_facts(found))
        if not found.table.columns.columns:
            return
        yield ""
        width = columns() if self.app.stdout.isatty() else 0
        lines = [*_columns(found), "", *_rows(found, args.rows)]
        yield from (screens.cut(line, width) if width else line for line in lines)

    def take_action(self, args: argparse.Namespace) -> Table:
        from ess_plugins.data.formats import sql_type

        table = self._probed(args).table
        columns = zip(table.columns.columns, table.reasons, strict=True)
        return _COLUMNS, ((one.name, one.type.value, sql_type(one), why) for one, why in columns)

    def _probed(self, args: argparse.Namespace) -> "Probed":
        from ess_core.tables.sniffing.doubts import doubt
        from ess_plugins.data.probing import first_in, first_of, probe

        given = texts.given(args)
        category = None if args.literal else _category(args)
        store = opened(category.url, self) if category else chosen(self, args)
        file = first_in(category, store) if category else first_of(store, Glob(args.what, args.literal))
        probed = probe(store, file, _extraction(args, category), given)
        if why := doubt(probed.table, given):
            self.warn(f"{escape(file.key)}: {why}")
        return probed


def _extraction(args: argparse.Namespace, category: "Category | None") -> "Extraction":
    """What the options say, else the category."""
    from ess_core.tables.extraction import USUAL, Extraction

    known = category.extraction if category else USUAL
    return Extraction(
        args.archive or known.members,
        args.compression or known.compression,
        known.preprocess if args.preprocess is None else args.preprocess,
    )


def _category(args: argparse.Namespace) -> "Category | None":
    """The category of that name; None where there is none."""
    from ess_core.tables import categories

    known = categories.known(selected.find(args.label).url if args.label else "")
    is_one = args.what.lower() in {one.name.lower() for one in known}
    return shown.category(args, args.what) if is_one else None


def _facts(found: "Probed") -> Iterator[tuple[str, str]]:
    from ess_plugins.data.formats import format_facts

    file = found.file
    yield "file", f"{size_text(file.size)}, changed {local_time(file.last_modified)}"
    yield "compression", found.compression
    if found.head.member:
        yield "member", found.head.member
    if found.extraction.preprocess:
        yield "preprocess", found.extraction.preprocess
    yield "text", _looked_at(found)
    if found.head.damage:
        yield "damage", found.head.damage
    if not found.table.columns.columns:
        yield "columns", "none: there is no text"
        return
    yield from format_facts(found.table.dialect)
    yield "columnspec", str(found.table.columns)


def _looked_at(found: "Probed") -> str:
    from ess_core.tables.dialect import Shape

    rows = count(len(found.table.rows), "row")
    if found.table.dialect.shape is Shape.PARQUET:
        return f"the first {rows} were looked at"
    size = size_text(len(found.head.text))
    return f"{size}, {rows}" if found.head.whole else f"the first {size} were looked at, {rows}"


def _columns(found: "Probed") -> Iterator[str]:
    from ess_plugins.data.formats import sql_type

    columns = zip(found.table.columns.columns, found.table.reasons, strict=True)
    rows = [
        (str(number), column.name or "-", column.type.value, sql_type(column), why)
        for number, (column, why) in enumerate(columns, 1)
    ]
    return screens.table(("#", "column", "type", "in SQL", "why"), rows, right=(0,))


def _rows(found: "Probed", wanted: int) -> Iterator[str]:
    names = [column.name or "-" for column in found.table.columns.columns]
    rows = [[screens.cut(cell, _CELL) for cell in row] for row in found.table.rows[:wanted]]
    return screens.table(names, rows)
