"""Text files -> rows for PostgreSQL, each value looked at as Redshift does, refused rows apart."""

import re
from collections.abc import Iterator, Sequence

from ess_plugins.sandbox.redshift.loading.outcome import (
    BadRow,
    BadValueError,
    Tally,
    Target,
    TooManyError,
)
from ess_plugins.sandbox.redshift.loading.records import Fields, Record, invalid_utf8, records
from ess_plugins.sandbox.redshift.loading.values import converter
from ess_plugins.sandbox.redshift.sql.copies import Copy

PIECE_BYTES = 1 << 20
"""Of rows, at a time."""
NULL = "\\N"
"""How PostgreSQL's text format writes it."""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_TO_ESCAPE = re.compile(r"[\\\t\n\r]")


class TextFiles:
    """The files of one COPY; ``tally`` is to be kept of those whose rows are taken."""

    def __init__(self, copy: Copy, targets: Sequence[Target], tally: Tally) -> None:
        self._copy = copy
        self._targets = targets
        self._tally = tally
        self._converters = [converter(target, copy) for target in targets]
        self._most_bad = (
            100_000 if copy.has("NOLOAD") and not copy.has("MAXERROR") else copy.number("MAXERROR")
        )

    def prepared(self, content: bytes, _url: str) -> bytes:
        """The file as it is."""
        return content

    def rows(self, content: bytes, url: str) -> Iterator[bytes]:
        """The rows of one file, in pieces.

        Raises TooManyError at one bad row too many, RefusedError at a broken file.
        """
        names = [target.name for target in self._targets]
        lines: list[int] = []
        piece = bytearray()
        refused = len(self._tally.bad)
        for record in records(content, self._copy, names, url):
            row = self._row(record, url)
            if row is None:
                continue
            lines.append(record.line)
            piece += row
            if len(piece) > PIECE_BYTES:
                yield bytes(piece)
                piece.clear()
        yield bytes(piece)
        self._tally.add(url, len(lines), lines, len(self._tally.bad) - refused)

    def _row(self, record: Record, url: str) -> bytes | None:
        """The row, or None where it is refused."""
        done: list[str] = []
        try:
            for value in self._fitting(record):
                done.append(self._value(len(done), value))
            return ("\t".join(done) + "\n").encode()
        except BadValueError as error:
            place = len(done) if record.fields and len(record.fields) == len(self._targets) else -1
            self._refuse(record, place, url, error)
            return None

    def _fitting(self, record: Record) -> Fields:
        """As many fields as there are columns."""
        if record.problem:
            raise record.problem
        missing = len(self._targets) - len(record.fields)
        if missing < 0:
            raise BadValueError(1202, "Extra column(s) found")
        if missing and not self._copy.has("FILLRECORD"):
            raise BadValueError(1201, "Delimiter not found")
        return [*record.fields, *[None] * missing]

    def _value(self, place: int, value: str | None) -> str:
        target = self._targets[place]
        if value is not None and self._copy.has("TRIMBLANKS"):
            value = value.rstrip()
        if value is not None and self._is_null(value, target):
            value = None
        if value is not None:
            if problem := invalid_utf8(value):
                raise problem
            value = self._converters[place](value)
        if value is None:
            if target.not_null:
                raise BadValueError(1213, "Missing data for not-null field")
            return NULL
        if "\0" in value:
            raise BadValueError(1216, "Invalid null byte - field longer than 1 byte")
        return value.translate(_ESCAPES) if _TO_ESCAPE.search(value) else value

    def _is_null(self, value: str, target: Target) -> bool:
        if value == self._copy.options.get("NULL", NULL):
            return True
        if value == "":
            return self._copy.has("EMPTYASNULL") or not target.is_text
        return self._copy.has("BLANKSASNULL") and not value.strip()

    def _refuse(self, record: Record, place: int, url: str, error: BadValueError) -> None:
        raw = record.raw or ",".join(field or "" for field in record.fields)
        column = self._targets[place] if place >= 0 else None
        value = (record.fields[place] or "") if place >= 0 else ""
        self._tally.bad.append(BadRow(url, record.line, column, raw, value, error.code, error.reason))
        if len(self._tally.bad) > self._most_bad:
            raise TooManyError
