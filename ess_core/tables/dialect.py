"""What a table's text looks like: its delimiter, quotes, header, encoding and the rest."""

import dataclasses
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ess_core.errors import UsageError


class Shape(Enum):
    """How a line, or a file, holds its cells; VALUES are JSON objects in an array, or over several lines."""

    DELIMITED = "delimited"
    FIXED = "fixed"
    JSON = "json"
    VALUES = "json values"
    LOG = "log"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How text is read as rows; it says all there is to know, so that nothing is guessed again.

    ``delimiter`` is empty where a line is one cell. ``names`` are the cells of the header, empty where there
    is none: a file's header is known by them, and lines before it are passed over; they are the keys of JSON
    and the columns of Parquet. ``skip`` is how many lines may come before the first row where there is no
    header to go by. ``starts`` are where the columns of fixed width begin, from 0. ``log`` is the name of a
    log format. ``decimal`` is the decimal point.
    """

    shape: Shape = Shape.DELIMITED
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    names: tuple[str, ...] = ()
    skip: int = 0
    encoding: str = "utf-8"
    decimal: str = "."
    starts: tuple[int, ...] = ()
    log: str = ""

    def __post_init__(self) -> None:
        if len(self.quote) > 1 or len(self.escape) > 1:
            raise UsageError("a quote and an escape are one character each, or none")
        if "\n" in self.delimiter or (self.quote and self.quote in self.delimiter):
            raise UsageError(f"{self.delimiter!r} cannot be a delimiter")
        if self.decimal not in (".", ","):
            raise UsageError(f"{self.decimal!r} cannot be the decimal point", "it is . or ,")

    def as_record(self) -> dict[str, Any]:
        """What ``from_record`` makes the same dialect of, in words that JSON has."""
        record = dataclasses.asdict(self)
        return record | {"shape": self.shape.value, "names": list(self.names), "starts": list(self.starts)}


def from_record(record: dict[str, Any]) -> Dialect:
    """The dialect of a record, as it came out of JSON."""
    shape = Shape(record["shape"])
    return Dialect(
        **record | {"shape": shape, "names": tuple(record["names"]), "starts": tuple(record["starts"])}
    )
