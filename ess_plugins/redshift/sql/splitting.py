"""SQL text of any length into statements, as psql splits it.

Redshift's protocol takes one statement at a time, so they have to be told apart here.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from ess_core.errors import EssError, UsageError
from ess_core.tables.sqltokens import closed_comment, closed_dollar
from ess_plugins.redshift.sql import lexical

MOST_BYTES = 16 << 20
"""What Redshift takes for one statement: https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_commands.html"""

_CHUNK = 1 << 20
_STEP = re.compile(
    rf"""(?P<blank>(?:[{lexical.BLANKS}]++|{lexical.LINE_COMMENT}(?=[\r\n]))++)
        |(?P<semicolon>;)
        |(?P<comment>/\*)
        |(?P<dollar>{lexical.DOLLAR})
        |(?P<span>(?:
            {lexical.WORD}
            |[^-/;'"${lexical.LETTERS}]++
            |{lexical.STRING}
            |{lexical.QUOTED}
            |-(?!-)
            |/(?!\*)
            |(?!{lexical.DOLLAR})\$
        )++)""",
    re.DOTALL | re.VERBOSE,
)
_OPEN = {"'": "a string", '"': "a name in quotes", "/": "a comment"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, without the semicolon and comments around it; ``line`` is where it begins, from 1."""

    text: str
    line: int


def statements(source: TextIO | str) -> Iterator[Statement]:
    """The statements of a text or an open file, as they are read; those that are empty are left out.

    A file is to be opened with ``newline=""``, so that text in quotes stays as it is. No more of it is in
    memory than the longest statement and a little. Raises UsageError, with the line, for a string, name,
    comment or dollar quote that is not closed and for a statement longer than MOST_BYTES; EssError for what
    is not UTF-8. Statements before that have been given then.
    """
    yield from _Splitter(io.StringIO(source, newline="") if isinstance(source, str) else source).run()


class _Splitter:
    """Walks over the text once, of which ``_text`` is a part that ends where no token can go on."""

    def __init__(self, source: TextIO) -> None:
        self._source = source
        self._text = ""
        self._rest = self._chunk().removeprefix("\ufeff")
        self._ended = False
        self._at = 0
        self._begin = -1  # of the statement; less than 0 between two of them
        self._end = 0
        self._line = 1  # the one that ``_counted`` is in
        self._counted = 0

    def run(self) -> Iterator[Statement]:
        while self._at < len(self._text) or self._read_on():
            found = _STEP.match(self._text, self._at)
            end = self._end_of(found) if found else 0
            if not found or not end:
                if not self._read_on():
                    raise self._unclosed()
                continue
            if found.lastgroup == "semicolon":
                yield from self._statement()
            elif found.lastgroup in ("span", "dollar"):
                self._begin = self._at if self._begin < 0 else self._begin
                self._end = end
            self._at = end
        yield from self._statement()

    def _end_of(self, found: re.Match[str]) -> int:
        """Where that part ends; 0 where it does not in what is read so far."""
        if found.lastgroup == "comment":
            return closed_comment(self._text, found.end())
        if found.lastgroup == "dollar":
            return closed_dollar(self._text, found[0], found.end())
        return found.end()

    def _statement(self) -> Iterator[Statement]:
        """The statement that ends here, where there is one."""
        if self._begin < 0:
            return
        text = self._text[self._begin : self._end].rstrip(lexical.BLANKS)
        line = self._line_of(self._begin)
        self._begin = -1
        if len(text) > MOST_BYTES // 4 and len(text.encode(errors="surrogatepass")) > MOST_BYTES:
            raise _too_long(line)
        yield Statement(text, line)

    def _read_on(self) -> bool:
        """Have more of the text; False at its end."""
        if self._ended:
            return False
        keep = self._at if self._begin < 0 else self._begin
        if len(self._text) - keep > MOST_BYTES:
            raise _too_long(self._line_of(keep))
        self._line_of(keep)
        self._text = self._text[keep:] + self._more()
        self._at -= keep
        self._end -= keep
        self._counted -= keep
        self._begin = -1 if self._begin < 0 else 0
        return True

    def _more(self) -> str:
        """What comes next, up to a character that is no token's first half."""
        read, self._rest = self._rest, ""
        while True:
            cut = max(map(read.rfind, "\n; ")) + 1
            if cut:
                self._rest = read[cut:]
                return read[:cut]
            chunk = self._chunk()
            if not chunk:
                self._ended = True
                return read + "\n"
            if len(read) > MOST_BYTES:
                raise _too_long(self._line)
            read += chunk

    def _chunk(self) -> str:
        try:
            return self._source.read(_CHUNK)
        except UnicodeDecodeError as error:
            raise EssError(f"the SQL is not UTF-8: {error.reason}") from None

    def _line_of(self, at: int) -> int:
        """The number of the line that ``at`` is in; it is asked for in order."""
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._line

    def _unclosed(self) -> UsageError:
        what = _OPEN.get(self._text[self._at], "a dollar quote")
        return UsageError(
            f"the SQL is wrong: {what} that begins in line {self._line_of(self._at)} is not closed"
        )


def _too_long(line: int) -> UsageError:
    return UsageError(
        f"the statement in line {line} is longer than {MOST_BYTES >> 20} MB, which is what Redshift takes",
        "is a quote, a comment or a semicolon missing?",
    )
