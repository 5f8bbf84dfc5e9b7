"""Formats that write each row as it comes, so that a list of any length takes no memory."""

import argparse
import json
import re
from argparse import Namespace
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TextIO

from cliff.formatters.base import ListFormatter, SingleFormatter

from ess_core.host.escape import escape
from ess_core.host.formats.plain import plain, readable, text

_SURROGATE = re.compile(r"[\ud800-\udfff]")


class _Streaming(ListFormatter, SingleFormatter):
    def add_argument_group(self, parser: argparse.ArgumentParser) -> None:
        """There are no options."""

    def emit_one(
        self, column_names: Sequence[str], data: Sequence[Any], stdout: TextIO, _args: Namespace
    ) -> None:
        """Write one thing as a list of one."""
        self.emit_list(column_names, [data], stdout, _args)


class Ndjson(_Streaming):
    """One JSON object a line, exact."""

    def emit_list(
        self, column_names: Sequence[str], data: Iterable[Sequence[Any]], stdout: TextIO, _args: Namespace
    ) -> None:
        """Write each row as an object."""
        keys = list(column_names)
        for row in data:
            line = _ENCODER.encode(dict(zip(keys, row, strict=True)))
            stdout.write((line if line.isascii() else _SURROGATE.sub(_unicode_escape, line)) + "\n")


class Tsv(_Streaming):
    """A header line, then one line a row, with TAB between cells."""

    def emit_list(
        self, column_names: Sequence[str], data: Iterable[Sequence[Any]], stdout: TextIO, _args: Namespace
    ) -> None:
        """Write each row as one line."""
        stdout.write("\t".join(map(escape, column_names)) + "\n")
        for row in data:
            stdout.write("\t".join([escape(text(cell)) for cell in row]) + "\n")


class Text(_Streaming):
    """Lines for the eye, as `aws s3 ls` writes them: aligned as far as the rows so far tell, no header."""

    def emit_list(
        self, column_names: Sequence[str], data: Iterable[Sequence[Any]], stdout: TextIO, _args: Namespace
    ) -> None:
        """Write each row as one line."""
        widths = [0] * len(column_names)
        for row in data:
            cells = [_aligned(value, width) for value, width in zip(row, widths, strict=True)]
            widths = [max(width, len(cell)) for width, cell in zip(widths, cells, strict=True)]
            stdout.write(" ".join(cells).rstrip(" ") + "\n")


_NUMBER_WIDTH = 10
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=plain)


def _unicode_escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _aligned(value: Any, width: int) -> str:
    if isinstance(value, int):
        return str(value).rjust(max(width, _NUMBER_WIDTH))
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M:%S}".ljust(width)
    return escape(readable(value)).ljust(width)
