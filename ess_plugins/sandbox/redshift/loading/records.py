"""The records of a text file: CSV, delimited, or JSON objects."""

import bz2
import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ess_plugins.sandbox.redshift.loading.outcome import BadValueError
from ess_plugins.sandbox.redshift.loading.problems import load_problem
from ess_plugins.sandbox.redshift.sql.copies import Copy

Fields = Sequence[str | None]
_LONE = re.compile("[\udc80-\udcff]+")
"""Bytes that are not UTF-8, as Python keeps them in a text."""


@dataclass(frozen=True)
class Record:
    """``line`` counts from 1; ``problem`` says why there are no fields."""

    line: int
    raw: str
    fields: Fields
    problem: BadValueError | None = None


def records(content: bytes, copy: Copy, names: Sequence[str], context: str) -> Iterator[Record]:
    """The records of one file; ``names`` are those of the columns. Raises RefusedError where it is broken."""
    text = _decompressed(content, copy, context).decode("utf-8", "surrogateescape")
    replacement = copy.options.get("ACCEPTINVCHARS", "")
    if replacement:
        text = _LONE.sub(replacement, text)
    if copy.format == "JSON":
        return _json(text, names)
    return _csv(text, copy) if copy.format == "CSV" else _delimited(text, copy)


def invalid_utf8(value: str) -> BadValueError | None:
    """The reason to refuse a value that holds bytes which are not UTF-8."""
    if value.isascii() or not (found := _LONE.search(value)):
        return None
    hexes = " ".join(f"{byte:02x}" for byte in found.group().encode("utf-8", "surrogateescape")[:4])
    told = f"String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {hexes} (error 4)"
    return BadValueError(1220, told)


def _decompressed(content: bytes, copy: Copy, context: str) -> bytes:
    try:
        if copy.has("GZIP"):
            return gzip.decompress(content)
        if copy.has("BZIP2"):
            return bz2.decompress(content)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        told = "Zlib/Bzip decompression failed"
        raise load_problem(f"error:  {told}", f"{told}: {error}", f"S3 key being read : {context}") from error
    return content


def _csv(text: str, copy: Copy) -> Iterator[Record]:
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=copy.options.get("DELIMITER", ","),
        quotechar=copy.options.get("QUOTE", '"'),
        strict=True,
    )
    header, skips_blank = copy.number("IGNOREHEADER"), copy.has("IGNOREBLANKLINES")
    last = 0
    try:
        for row in reader:
            line, last = last + 1, reader.line_num
            if line > header and (row or not skips_blank):
                yield Record(line, "", row or [""])
    except csv.Error:
        yield Record(last + 1, "", (), BadValueError(1214, "Invalid quote formatting for CSV"))


def _delimited(text: str, copy: Copy) -> Iterator[Record]:
    delimiter, header = copy.options.get("DELIMITER", "|"), copy.number("IGNOREHEADER")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    for number, line in enumerate(lines, 1):
        raw = line.rstrip("\r")
        if number <= header or (not raw and copy.has("IGNOREBLANKLINES")):
            continue
        fields = _unescaped(raw, delimiter) if copy.has("ESCAPE") else raw.split(delimiter)
        if copy.has("REMOVEQUOTES"):
            fields = [_without_quotes(field) for field in fields]
        yield Record(number, raw, fields)


def _unescaped(line: str, delimiter: str) -> list[str]:
    fields, letters = [""], iter(line)
    for letter in letters:
        if letter == "\\":
            fields[-1] += next(letters, "")
        elif letter == delimiter:
            fields.append("")
        else:
            fields[-1] += letter
    return fields


def _without_quotes(field: str) -> str:
    return field[1:-1] if len(field) > 1 and field[0] == field[-1] and field[0] in "'\"" else field


def _json(text: str, names: Sequence[str]) -> Iterator[Record]:
    decoder, place, line = json.JSONDecoder(), 0, 1
    while True:
        while place < len(text) and text[place].isspace():
            line += text[place] == "\n"
            place += 1
        if place == len(text):
            return
        try:
            found, end = decoder.raw_decode(text, place)
            fields = [_json_text(found.get(name)) for name in names]
        except (ValueError, AttributeError):
            yield Record(line, text[place : place + 200], (), BadValueError(1214, "Invalid JSON object"))
            return
        yield Record(line, text[place:end], fields)
        line += text.count("\n", place, end)
        place = end


def _json_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
