"""All rows that were rejected, each with its file, line, column, value and reason."""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from ess_core.tables.engine import connect, explained
from ess_core.tables.parquet import reader
from ess_core.tables.prepared import Prepared
from ess_plugins.redshift.loading.job import Done, usable

_MEMORY_MB = 512
_FETCHED = 1000
_CELL = re.compile(r"""(?P<cell>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*") is (?P<why>.*)""", re.DOTALL)
"""A reason that shows the value."""


class BadRow(NamedTuple):
    """A row that was rejected; ``column`` is empty, and ``value`` the line, where the row as a whole is."""

    file: str
    line: int
    column: str
    value: str
    reason: str


def bad_rows(done: Done, limit: int | None = None) -> Iterator[BadRow]:
    """The rejected rows in the order of files, the first ``limit`` only; in bounded memory."""
    ready = done.ready
    paths = [] if ready is None else _paths(done, ready)
    if ready is None or not paths:
        return
    query = f'select source, member, line, "column", reason, raw from {reader(*paths)}'  # noqa: S608 - quoted
    with explained("the rejected rows cannot be read"), connect(ready.work.spill, _MEMORY_MB) as db:
        found = db.execute(query + (f" limit {limit}" if limit else ""))
        while rows := found.fetchmany(_FETCHED):
            yield from (_row(*row) for row in rows)


def _paths(done: Done, ready: Prepared) -> list[str]:
    """Of each file, what does not fit the category, then what does not fit the table."""
    checked = {one.number: one.rejects for one in done.staged}
    return [
        path
        for number, file in enumerate(usable(ready))
        for path in (*(part.rejects for part in file.parts), checked.get(number, ""))
        if path
    ]


def _row(source: str, member: str, line: int, column: str, reason: str, raw: str) -> BadRow:
    shown = _CELL.fullmatch(reason) if column else None
    value = ast.literal_eval(shown["cell"]) if shown else raw
    file = f"{source}:{member}" if member else source
    return BadRow(file, line, column, value, shown["why"] if shown else reason)
