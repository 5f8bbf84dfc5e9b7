"""A table's dialect and columns by the beginning of its text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

from ess_core.errors import UsageError
from ess_core.files.damage import CorruptError
from ess_core.tables import parquet
from ess_core.tables.coltypes import Guess, guess
from ess_core.tables.columnspec import Column, ColumnSpec, ColumnType
from ess_core.tables.dialect import Dialect, Shape
from ess_core.tables.reading import encoding, logs
from ess_core.tables.reading.records import records
from ess_core.tables.reading.starts import first_like_a_row
from ess_core.tables.reading.values import Values
from ess_core.tables.sniffing import fixedwidth
from ess_core.tables.sniffing.delimiters import best, cut, quoting
from ess_core.tables.sniffing.given import NOTHING, Given
from ess_core.tables.sniffing.headers import column_names, is_header

SAMPLE_BYTES = 1 << 20
"""How much of the beginning is looked at."""
_HINT = "ess probe shows the columns; a type of X skips one"
_GIVEN = "as given"
_FIRST = 100  # lines that say which shape it is
_PREAMBLE = 50  # lines that may come before the header


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A dialect, its columns, why each has its type, and the rows of the sample.

    ``broken`` says of the rows that have no cells why that is.
    """

    dialect: Dialect
    columns: ColumnSpec
    reasons: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    broken: tuple[str, ...] = ()


def sniff(sample: bytes, *, whole: bool = True, given: Given = NOTHING) -> Sniffed:
    """What a text is that begins with ``sample``; ``whole`` says that it also ends there.

    What is ``given`` is not looked for. Raises UsageError where the text clearly has other columns,
    CorruptError where it begins as Parquet does and is none.
    """
    if parquet.begins(sample):
        return _parquet(sample, given)
    name, mark = encoding.sniff(sample)
    lines = _lines(_text(sample[mark:], name), whole)
    filled = [line for line in lines if line.strip("\r")]
    if not filled:
        return _nothing(name, given)
    if given.delimiter or given.starts:
        return _as_given(lines, filled, name, given)
    return (
        _objects(filled, name, given)
        or _values(sample, filled, name, given)
        or _log(filled, name, given)
        or _cut(lines, filled, name, given)
    )


def _nothing(name: str, given: Given) -> Sniffed:
    """What is given is all that is known."""
    columns = given.columns or ColumnSpec(())
    shape = Shape.FIXED if given.starts else Shape.DELIMITED
    dialect = Dialect(shape, given.delimiter or ",", starts=given.starts, encoding=name)
    return Sniffed(dialect, columns, (_GIVEN,) * len(columns.columns), ())


def _text(sample: bytes, name: str) -> str:
    if name == "utf-8":
        end = sample.rfind(b"\n") + 1
        return encoding.repaired(sample[:end])[0].decode() + encoding.repaired(sample[end:])[0].decode()
    return sample.decode(name, "replace")


def _lines(text: str, whole: bool) -> list[str]:
    if "\n" not in text:
        text = text.replace("\r", "\n")
    lines = text.split("\n")
    if len(lines) > 1 and (not whole or not lines[-1]):
        lines.pop()
    return lines


def _parquet(sample: bytes, given: Given) -> Sniffed:
    """Its columns are those of the file's schema, or those of them that are given."""
    found, rows = parquet.inspected(sample)
    if given.delimiter or given.starts:
        raise UsageError("a Parquet file has no delimiter and no widths")
    names = given.named([field.name for field in found])
    places = {field.name: at for at, field in enumerate(found)}
    chosen = [[row[places[name]] if name in places else "" for name in names] for row in rows]
    guesses = [
        Guess(found[places[name]].type, f"{found[places[name]].kind} in Parquet")
        if name in places
        else Guess(ColumnType.TEXT, "not in the file")
        for name in names
    ]
    dialect = Dialect(Shape.PARQUET, "", "", "", names)
    return _sniffed(dialect, column_names(names), chosen, guesses, given)


def _values(sample: bytes, lines: Sequence[str], name: str, given: Given) -> Sniffed | None:
    """JSON objects in an array, or over several lines."""
    if not lines[0].lstrip().startswith(("[", "{")):
        return None
    try:
        blocks = [block.data.decode() for block in Values(BytesIO(sample), name)]
    except CorruptError:
        return None
    return _objects("".join(blocks).split("\n")[:-1], name, given, Shape.VALUES)


def _objects(lines: Sequence[str], name: str, given: Given, shape: Shape = Shape.JSON) -> Sniffed | None:
    """JSON lines: nine in ten are objects; the columns are all their keys, or those that are given."""
    found = [value for line in lines[:_FIRST] if isinstance(value := _json(line), dict)]
    if len(found) < 0.9 * min(len(lines), _FIRST) or not found:
        return None
    objects = [value for line in lines if isinstance(value := _json(line), dict)]
    keys = tuple(dict.fromkeys(key for value in objects for key in value))
    if not keys:
        return None
    names = given.named(keys)
    dialect = Dialect(shape, "", "", "", names, encoding=name)
    rows = [row.cells for row in records(lines, dialect) if not row.why]
    unquoted = [all(not isinstance(value.get(key), str) for value in objects) for key in names]
    guesses = [guess(column) for column in (zip(*rows, strict=True) if rows else [()] * len(names))]
    kept = [
        found if is_number else Guess(ColumnType.TEXT, "strings in JSON")
        for found, is_number in zip(guesses, unquoted, strict=True)
    ]
    return _sniffed(dialect, column_names(names), rows, kept, given)


def _json(line: str) -> object:
    if not line.lstrip().startswith("{"):
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _log(lines: Sequence[str], name: str, given: Given) -> Sniffed | None:
    found = logs.sniff([line.removesuffix("\r") for line in lines[:_FIRST]])
    if not found:
        return None
    dialect = Dialect(Shape.LOG, "", "", "", log=found, encoding=name)
    rows = [row.cells for row in records(lines, dialect) if not row.why]
    _check(given, len(logs.COLUMNS[found]))
    return _sniffed(dialect, list(logs.COLUMNS[found]), rows, _guesses(rows, dialect), given)


def _as_given(lines: Sequence[str], filled: Sequence[str], name: str, given: Given) -> Sniffed:
    """The delimiter or the widths are known."""
    if given.starts:
        return _fixed(lines, name, given.starts, given)
    if found := cut(lines, given.delimiter, name):
        return _table(lines, found.dialect, found.width, given)
    quote, escape = quoting(filled, given.delimiter)
    return _table(lines, Dialect(Shape.DELIMITED, given.delimiter, quote, escape, encoding=name), 1, given)


def _cut(lines: Sequence[str], filled: Sequence[str], name: str, given: Given) -> Sniffed:
    starts = fixedwidth.sniff(filled)
    found = best(lines, name, given.width) if given.width != 1 else None
    if starts and given.width in (0, len(starts)) and (not found or not found.dialect.delimiter.strip(" :")):
        return _fixed(lines, name, starts, given)
    if found:
        return _table(lines, found.dialect, found.width, given)
    quote, escape = quoting(filled, "")
    return _table(lines, Dialect(Shape.DELIMITED, "", quote, escape, encoding=name), 1, given)


def _fixed(lines: Sequence[str], name: str, starts: tuple[int, ...], given: Given) -> Sniffed:
    return _table(lines, Dialect(Shape.FIXED, "", "", "", starts=starts, encoding=name), len(starts), given)


def _table(lines: Sequence[str], dialect: Dialect, width: int, given: Given) -> Sniffed:
    all_rows = list(records(lines, dialect, given.width or width))
    found = [row for row in all_rows if not row.why]
    if 2 * len(found) < len(all_rows):
        _check(given, width)
    width = given.width or width
    rows = [row.cells for row in found]
    if rows and (given.is_header(rows[0]) or is_header(rows[0], rows[1:_FIRST])):
        dialect = replace(dialect, names=tuple(rows[0]))
        names, rows = column_names(rows[0]), rows[1:]
    else:
        skip = first_like_a_row(lines, dialect, width)
        dialect = replace(dialect, skip=skip if skip <= _PREAMBLE else 0)
        names = column_names([""] * width)
    guesses = _guesses(rows, dialect) or [Guess(ColumnType.TEXT, "no rows in the sample")] * width
    point = "," if any(found.decimal == "," for found in guesses) else "."
    broken = tuple(row.why for row in all_rows if row.why)
    return replace(_sniffed(replace(dialect, decimal=point), names, rows, guesses, given), broken=broken)


def _check(given: Given, width: int) -> None:
    if given.width not in (0, width):
        raise UsageError(f"the columnspec has {given.width} columns, but the text has {width}", _HINT)


def _guesses(rows: Sequence[Sequence[str]], dialect: Dialect) -> list[Guess]:
    columns = list(zip(*rows, strict=True))
    found = [guess(column) for column in columns]
    with_comma = any(one.type is ColumnType.FLOAT for one in found) or "," in dialect.delimiter
    return found if with_comma else [guess(column, ".,") for column in columns]


def _sniffed(
    dialect: Dialect,
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    guesses: Sequence[Guess],
    given: Given,
) -> Sniffed:
    columns = given.columns or ColumnSpec(
        tuple(Column(given.every or found.type, name) for name, found in zip(names, guesses, strict=True))
    )
    reasons = [_GIVEN if given.columns or given.every else found.why for found in guesses]
    return Sniffed(dialect, columns, tuple(reasons), tuple(map(tuple, rows)))
