"""JSON values one after another, in an array or not, wherever lines end: as blocks of one value a line."""

import json
import re
import sys
from collections.abc import Iterator
from typing import BinaryIO

from ess_core.files.damage import CorruptError
from ess_core.tables.reading import encoding
from ess_core.tables.reading.blocks import BLOCK_BYTES, LINE_BYTES, Block, Blocks

_BETWEEN = re.compile(r"[ \t\r\n,]*")
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|["{}\[\]]')
_OBJECT = re.compile(r"\{")
_BETWEEN_OBJECTS = re.compile(r"\}\s*,?\s*\{")
_FLAT = re.compile(r"\s*(?:\[\s*)?\{\s*\n(?![ \t])")
_CLOSES = {"}": "{", "]": "["}
_LINE_END = re.compile(r"[ \t\r,\]]*\n")
_GOES_ON = re.compile(r"\s*,?\s*(?:\{|\Z|\]\s*(?:\[|\Z))")
_COLON = re.compile(r"\s*:")
_LOOK_AHEAD = 1000
_NEAR_END = 12  # characters, within which the end of the text can break a word or an escape
_WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
_DECODER = json.JSONDecoder()


class Values:
    """The values of a stream; the newlines in one are returns, so that it is a line.

    A value that is broken is one too, up to where the next one begins for sure: by its brackets, or as a line
    that begins with ``{`` in the column where the broken one begins. After the last block, ``damage`` says
    what is wrong with the rest. Raises CorruptError where nothing says where the next value begins.
    """

    def __init__(self, source: BinaryIO, named: str, block_bytes: int = BLOCK_BYTES) -> None:
        self._text = _Text(Blocks(source, named))
        self._block_bytes = block_bytes
        self._is_open = False  # inside of an array
        self._lead: int | None = 0  # characters in the line before a value that begins it
        self._column = 0  # where values begin that begin their line

    @property
    def damage(self) -> str:
        """Empty, or what is wrong."""
        return self._text.blocks.damage

    def __iter__(self) -> Iterator[Block]:
        held: list[bytes] = []
        lines: list[int] = []
        size = recoded = 0
        for line, value in self._values():
            fixed, strange = encoding.repaired(value)
            held.append(fixed.replace(b"\n", b"\r") + b"\n")
            lines.append(line)
            size += len(fixed)
            recoded += bool(strange)
            if size >= self._block_bytes:
                yield Block(b"".join(held), lines[0], recoded, lines=tuple(lines))
                held, lines, size, recoded = [], [], 0, 0
        if held:
            yield Block(b"".join(held), lines[0], recoded, lines=tuple(lines))

    def _values(self) -> Iterator[tuple[int, bytes]]:
        """Each value with its line."""
        text = self._text
        while self._find():
            self._column = self._column if self._lead is None else self._lead
            end = self._end()
            if end is None:
                self._cut_off()
                return
            line, value = text.line, text.taken(end)
            self._lead = None
            yield line, value.encode("latin-1")
        if self._is_open:
            self._cut_off()

    def _cut_off(self) -> None:
        blocks = self._text.blocks
        blocks.damage = blocks.damage or "the text is cut off: its JSON has no end"

    def _find(self) -> bool:
        """Go to the next value; False where there is none."""
        text = self._text
        while True:
            self._pass(text.matched(_BETWEEN))
            character = text.peek()
            if character != ("]" if self._is_open else "["):
                return bool(character)
            self._is_open = not self._is_open
            self._pass(text.at + 1)

    def _pass(self, end: int) -> None:
        passed = self._text.taken(end)
        newline = passed.rfind("\n")
        if newline >= 0:
            self._lead = len(passed) - newline - 1
        elif self._lead is not None:
            self._lead += len(passed)

    def _end(self) -> int | None:
        """Where the value ends, a broken one too; None where the text ends within it."""
        text = self._text
        while True:
            try:
                _, end = _DECODER.raw_decode(text.held, text.at)
            except json.JSONDecodeError as error:
                if not _is_unfinished(error) or text.is_long:
                    return self._end_of_broken()
                if not text.more():
                    return self._following() if _is_cut(error) else self._end_of_broken()
            except RecursionError:
                return self._end_of_broken()
            else:
                if len(text.held) - end > _LOOK_AHEAD or not text.more():
                    return end if text.peek() == "{" else self._end_of_other(end)

    def _end_of_other(self, end: int) -> int:
        """A name that was taken for a value shows that a bracket is lost before it."""
        return self._end_of_broken() if _COLON.match(self._text.held, end) else end

    def _end_of_broken(self) -> int:
        text = self._text
        if (following := self._following()) is not None:
            end = _closed(text.held, text.at, following)
            return end if end and _LINE_END.match(text.held, end) else following
        while True:
            end = _closed(text.held, text.at)
            has_room = end is not None and len(text.held) - end > _LOOK_AHEAD
            if end and (has_room or not text.more()) and _GOES_ON.match(text.held, end):
                return end
            if has_room or text.is_long or not text.more():
                return self._end_of_last()

    def _end_of_last(self) -> int:
        """The end of the text, if no value comes after the broken one."""
        text = self._text
        other = _BETWEEN_OBJECTS if self._lead is not None else _OBJECT
        if text.is_long or text.is_flat or other.search(text.held, text.at):
            why = f"nothing says where the broken JSON in line {text.line} ends"
            raise CorruptError(f"the text is corrupt: {why}")
        self._is_open = False  # what closes it is in there
        return len(text.held)

    def _following(self) -> int | None:
        """Where the line of the next value begins; None where there is none, or it is not known."""
        text = self._text
        if text.is_flat:
            return None
        begin = re.compile(rf"\n(?=[ \t,]{{{self._column}}}\{{)")
        while not (found := begin.search(text.held, text.at)):
            if text.is_long or not text.more():
                return None
        return found.start()


class _Text:
    """What was read and not yet taken, a character for each byte; ``line`` is that of ``at``.

    It ``is_flat`` where objects have lines of their own without indentation: inner ones look like outer ones.
    """

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        self.held = next(blocks.pieces, b"").decode("latin-1")
        self.is_flat = bool(_FLAT.match(self.held))
        self.at = 0
        self.line = 1

    @property
    def is_long(self) -> bool:
        """True where a value is longer than a line may be."""
        return len(self.held) - self.at > LINE_BYTES

    def more(self) -> bool:
        """Read as much again as there is; False at the end, and then nothing has changed."""
        pieces: list[bytes] = []
        size, wanted = 0, len(self.held) - self.at
        while size <= wanted and (piece := next(self.blocks.pieces, b"")):
            pieces.append(piece)
            size += len(piece)
        if pieces:
            self.held, self.at = self.held[self.at :] + b"".join(pieces).decode("latin-1"), 0
        return bool(pieces)

    def peek(self) -> str:
        """The next character, empty at the end."""
        return self.held[self.at : self.at + 1]

    def matched(self, pattern: re.Pattern[str]) -> int:
        """The end of what the pattern matches, which may be nothing."""
        while True:
            found = pattern.match(self.held, self.at)
            assert found, "it matches nothing too"
            if found.end() < len(self.held) or self.is_long or not self.more():
                return found.end()

    def taken(self, end: int) -> str:
        """The text up to there, which is passed."""
        found = self.held[self.at : end]
        self.at = end
        self.line += found.count("\n")
        return found


def _is_unfinished(error: json.JSONDecodeError) -> bool:
    """True where more text may make it right."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(error.doc) - _NEAR_END


def _is_cut(error: json.JSONDecodeError) -> bool:
    """True where the end of the text is what is wrong."""
    rest = error.doc[error.pos :].rstrip()
    is_begun = any(word.startswith(rest) for word in _WORDS) or error.msg.startswith("Invalid \\")
    return error.msg.startswith("Unterminated string") or is_begun


def _closed(text: str, at: int, limit: int = sys.maxsize) -> int | None:
    """Where the brackets that open at ``at`` are closed; None where they are not, up to the limit."""
    stack: list[str] = []
    for token in _TOKEN.finditer(text, at, limit):
        mark = token[0]
        if mark in ("{", "["):
            stack.append(mark)
        elif mark in _CLOSES:
            if not stack or stack.pop() != _CLOSES[mark]:
                return None
            if not stack:
                return token.end()
        elif mark == '"':
            return None
    return None
