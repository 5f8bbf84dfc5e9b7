"""From the text of instance.conf to sections of values that know their lines."""

import configparser
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from ess_core.conf.mask import named
from ess_core.conf.text import split_lines
from ess_core.errors import ConfigError

_LIKE_A_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)\s*[:=](?!//)|(\[[^\]]+\])$")
_COMMENT = re.compile(r"\s#(.?)")
_START_OF_VALUE = re.compile(r"[^\s#=*~-]")


@dataclass(frozen=True)
class Value:
    """The text of one key; ``lines`` holds the number of each line of it."""

    text: str
    lines: tuple[int, ...]

    @property
    def line(self) -> int:
        """The line of the key itself."""
        return self.lines[0]


@dataclass(frozen=True)
class Section:
    """One ``[name]`` with its keys, which are lower case."""

    line: int
    values: Mapping[str, Value]


def parse(text: str, source: str) -> dict[str, Section]:
    """The sections of ``text`` by name.

    Raises ConfigError as ``source:line: reason`` and never repeats a line, which may hold a secret.
    """
    reader = _Reader(split_lines(text))
    parser = _Parser(
        dict_type=cast(type[dict[str, str]], partial(_Recorder, reader)),
        comment_prefixes=("#", ";"),
        inline_comment_prefixes=("#",),
        default_section="",  # [DEFAULT] is a section like any other: it must not leak into them
    )
    try:
        parser.read_file(reader, source)
    except configparser.Error as error:
        raise ConfigError(f"{source}:{_explained(error)}") from None
    sections = {name: recorder.section() for name, recorder in reader.sections.items()}
    _refuse_swallowed(sections, source)
    return sections


def cut_values(text: str, sections: Mapping[str, Section]) -> Iterator[tuple[str, str, int]]:
    """Section, key and line of every value that ends at a `` #`` which does not look like a comment."""
    lines = split_lines(text)
    for name, section in sections.items():
        for key, value in section.values.items():
            yield from ((name, key, number) for number in value.lines if _is_cut(lines[number - 1]))


def _is_cut(line: str) -> bool:
    found = _COMMENT.search(line)
    return bool(found and _START_OF_VALUE.match(found[1]))


def _refuse_swallowed(sections: Mapping[str, Section], source: str) -> None:
    """An indented line continues the value above it, so a key that is indented by mistake would vanish."""
    for section in sections.values():
        for key, value in section.values.items():
            for number, piece in list(zip(value.lines, value.text.split("\n"), strict=False))[1:]:
                if found := _LIKE_A_KEY.match(piece):
                    what, above = named(found[1] or found[2]), f"{named(key)} on line {value.line}"
                    raise ConfigError(
                        f"{source}:{number}: {what} is indented, which makes it part of {above}",
                        "start the line in the same column as the other keys",
                    )


def _explained(error: configparser.Error) -> str:
    match error:
        case configparser.DuplicateSectionError():
            return f"{error.lineno}: section [{named(error.section)}] is there twice"
        case configparser.DuplicateOptionError():
            return f"{error.lineno}: [{named(error.section)}] {named(error.option)}: is there twice"
        case configparser.MissingSectionHeaderError():
            return f"{error.lineno}: a section such as [EC2] must come before the first key"
        case configparser.ParsingError(errors=[(number, _), *_]):
            return f"{number}: is neither '[section]' nor 'key: value'"
        case _:
            return f" {type(error).__name__}"


class _Parser(configparser.RawConfigParser):
    """configparser, but text behind ``[section]`` is an error instead of being dropped."""

    SECTCRE = re.compile(r"\[\s*(?P<header>[^\]]*[^\]\s])\s*\]$")


class _Reader:
    """Hands lines to configparser, and knows which one it is at and which sections came."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.line = 0
        self.sections: dict[str, _Recorder] = {}

    def __iter__(self) -> Iterator[str]:
        for self.line, text in enumerate(self.lines, start=1):  # noqa: B020 - the attribute is the counter
            yield text


class _Recorder(dict[str, Any]):
    """The dict that configparser fills while it reads; it notes the line of every value."""

    def __init__(self, reader: _Reader) -> None:
        super().__init__()
        self.reader = reader
        self.line = reader.line
        self.lines: dict[str, list[int]] = {}

    def __setitem__(self, key: str, value: Any) -> None:
        if isinstance(value, _Recorder):
            self.reader.sections[key] = value
        elif isinstance(value, list):
            value = _Pieces(self.reader, value)
            self.lines[key] = value.numbers
        super().__setitem__(key, value)

    def section(self) -> Section:
        values = {key: Value(text, tuple(self.lines[key])) for key, text in self.items()}
        return Section(self.line, values)


class _Pieces(list[str]):
    """The lines of one value, in configparser's hands."""

    def __init__(self, reader: _Reader, first: list[str]) -> None:
        super().__init__(first)
        self.reader = reader
        self.numbers = [reader.line]

    def append(self, piece: str) -> None:
        self.numbers.append(self.reader.line)
        super().append(piece)
