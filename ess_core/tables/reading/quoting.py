"""Delimited text, a record at a time: quotes over several lines, and a new start after a broken one."""

from collections.abc import Sequence

from ess_core.tables.dialect import Dialect

OPEN_LINES = 1000
"""How many lines a quoted cell may have that look like rows; after more, its quote was never closed."""
MOST_LINES = 100_000
"""How many lines a quoted cell may have whatever they look like."""
MOST_CHARACTERS = 8_000_000
"""How many characters a quoted cell of more than OPEN_LINES may have; they are read several times."""


class BrokenError(ValueError):
    """A line's quotes are wrong; the text says how."""


class OpenError(ValueError):
    """The lines end inside quotes; ``line`` is where the record begins, from 0."""

    def __init__(self, line: int) -> None:
        super().__init__(f"a quote is open at the end, since line {line}")
        self.line = line


def cells(lines: Sequence[str], at: int, dialect: Dialect, width: int = 0) -> tuple[list[str], int]:
    """The cells of the record that begins at ``lines[at]``, and how many lines it has.

    ``width`` is how many cells rows have, where that is known. Lines are without their newline. Raises
    BrokenError, and OpenError where the last one is open.
    """
    line = lines[at].removesuffix("\r")
    if dialect.quote and dialect.quote in line:
        return _Reader(lines, at, dialect, width).record()
    if not dialect.delimiter:
        return [line], 1
    if dialect.escape not in ("", dialect.quote) and dialect.escape in line:
        return _Reader(lines, at, dialect, width).record()
    return line.split(dialect.delimiter), 1


class _Reader:
    """One record; ``line`` is the line it is in, ``at`` the place in that."""

    def __init__(self, lines: Sequence[str], first: int, dialect: Dialect, width: int) -> None:
        self.lines = lines
        self.width = width
        self.first = self.number = first
        self.dialect = dialect
        self.backslash = dialect.escape if dialect.escape != dialect.quote else ""
        self._enter()

    def record(self) -> tuple[list[str], int]:
        found = [self._cell()]
        while self.at < len(self.line):
            self.at += len(self.dialect.delimiter)
            found.append(self._cell())
        return found, self.number - self.first + 1

    def _enter(self) -> None:
        self.line = self.lines[self.number].removesuffix("\r")
        self.at = 0

    def _cell(self) -> str:
        quote, start = self.dialect.quote, self.at
        if not quote:
            return self._bare()
        if self.line.startswith(quote, start):
            return self._quoted()
        self._pass_blanks()
        if self.at > start and self.line.startswith(quote, self.at):
            return self._quoted_after_blanks(start)
        self.at = start
        return self._bare()

    def _quoted_after_blanks(self, start: int) -> str:
        """As quoted where it can be, else as the text it is: `` "a, b"``, but `` "a" b``."""
        number = self.number
        try:
            return self._quoted()
        except BrokenError:
            self.number = number
            self._enter()
            self.at = start
            return self._bare()

    def _pass_blanks(self) -> None:
        while self.line.startswith(" ", self.at) and not self.dialect.delimiter.startswith(" "):
            self.at += 1

    def _bare(self) -> str:
        delimiter = self.dialect.delimiter
        start = self.at
        end = self.line.find(delimiter, start) if delimiter else -1
        while self.backslash and end > 0 and self._escaped(start, end):
            end = self.line.find(delimiter, end + len(delimiter))
        self.at = len(self.line) if end < 0 else end
        found = self.line[start : self.at]
        return found.replace(self.backslash + delimiter, delimiter) if self.backslash and delimiter else found

    def _escaped(self, start: int, end: int) -> bool:
        before = self.line[start:end]
        return (len(before) - len(before.rstrip(self.backslash))) % 2 == 1

    def _quoted(self) -> str:
        self.opened, self.passed = self.number, 0
        self.at += 1
        parts: list[str] = []
        while not self._closed(parts):
            pass
        self._after_quote()
        return "".join(parts)

    def _closed(self, parts: list[str]) -> bool:
        """Take what comes up to the next quote, escape or end of the line; True after the last quote."""
        quote = self.dialect.quote
        end = self.line.find(quote, self.at)
        escape = self.line.find(self.backslash, self.at) if self.backslash else -1
        if escape >= 0 and (end < 0 or escape < end):
            self._escape(parts, escape)
            return False
        if end < 0:
            self._next_line(parts)
            return False
        doubled = self.line.startswith(quote, end + 1)
        parts.append(self.line[self.at : end + doubled])
        self.at = end + 1 + doubled
        return not doubled

    def _escape(self, parts: list[str], at: int) -> None:
        following = self.line[at + 1 : at + 2]
        known = following in (self.dialect.quote, self.backslash) and following
        parts.append(self.line[self.at : at] + (following if known else self.line[at : at + 2]))
        self.at = at + 2

    def _next_line(self, parts: list[str]) -> None:
        self.number += 1
        self.passed += len(self.line)
        used = self.number - self.opened
        is_long = used > OPEN_LINES and (used >= MOST_LINES or self.passed > MOST_CHARACTERS)
        if is_long or (used == OPEN_LINES and self._is_over_rows()):
            raise BrokenError("a quote is not closed")
        if self.number >= len(self.lines):
            raise OpenError(self.first)
        parts.append(self.lines[self.number - 1][self.at :] + "\n")
        self._enter()

    def _is_over_rows(self) -> bool:
        """Whether half of the lines so far would be rows, or nothing tells how rows look."""
        passed = self.lines[self.opened + 1 : self.number]
        return not self.width or 2 * sum(map(self._is_row, passed)) >= len(passed)

    def _is_row(self, line: str) -> bool:
        """Whether a line would be a row, as far as its delimiters tell; there may be more at its end."""
        delimiter = self.dialect.delimiter
        if not delimiter:
            return self.width == 1
        line = line.removesuffix("\r")
        if self.backslash:
            line = line.replace(self.backslash + delimiter, "")
        more = line.count(delimiter) + 1 - self.width
        return more >= 0 and line.endswith(delimiter * more)

    def _after_quote(self) -> None:
        delimiter = self.dialect.delimiter
        self._pass_blanks()
        if self.at < len(self.line) and not (delimiter and self.line.startswith(delimiter, self.at)):
            raise BrokenError("text after a closing quote")
