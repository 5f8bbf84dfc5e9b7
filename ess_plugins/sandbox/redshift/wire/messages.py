"""Messages of the protocol: written, and read.

Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

VERSION = 196608
SSL_REQUEST, CANCEL_REQUEST, GSS_REQUEST = 80877103, 80877102, 80877104


@dataclass(frozen=True)
class Message:
    """One message; ``raw`` is all of it as it went over the wire."""

    kind: bytes
    body: bytes
    raw: bytes


def message(kind: bytes, *body: bytes) -> bytes:
    """A message of the bytes of its parts."""
    content = b"".join(body)
    return kind + struct.pack("!i", len(content) + 4) + content


def text(value: str) -> bytes:
    """A string of the protocol; what UTF-8 cannot hold becomes ``?``."""
    return value.replace("\0", "").encode("utf-8", "replace") + b"\0"


def query(sql: str) -> bytes:
    """A simple query."""
    return message(b"Q", text(sql))


def startup(parameters: dict[str, str]) -> bytes:
    """The first message of a session."""
    content = b"".join(text(part) for pair in parameters.items() for part in pair) + b"\0"
    return struct.pack("!ii", len(content) + 8, VERSION) + content


@dataclass(frozen=True)
class Report:
    """What the server says beside results: an error, or a notice. ``code`` is an SQLSTATE."""

    message: str
    code: str = "XX000"
    detail: str = ""
    severity: str = "ERROR"

    def encode(self) -> bytes:
        """The message that tells it."""
        fields = {"S": self.severity, "C": self.code, "M": self.message, "D": self.detail}
        content = b"".join(name.encode() + text(value) for name, value in fields.items() if value)
        return message(b"N" if self.severity == "INFO" else b"E", content, b"\0")


class RefusedError(Exception):
    """A statement fails with this report."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.message)
        self.report = report


def report_fields(body: bytes) -> dict[str, str]:
    """The fields of an error or notice by their letters."""
    return {part[:1].decode(): part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}


def report(body: bytes) -> Report:
    """The report that an error or notice carries."""
    fields = report_fields(body)
    return Report(fields.get("M", ""), fields.get("C", ""), fields.get("D", ""), fields.get("S", ""))


def first_string(body: bytes, start: int = 0) -> tuple[bytes, int]:
    """The zero-ended string at ``start``, and where what follows begins."""
    end = body.index(b"\0", start)
    return body[start:end], end + 1


def row(body: bytes) -> list[str | None]:
    """The values of a DataRow in text form."""
    return list(_values(body))


def _values(body: bytes) -> Iterator[str | None]:
    place = 2
    for _ in range(struct.unpack_from("!h", body)[0]):
        (size,) = struct.unpack_from("!i", body, place)
        place += 4
        yield None if size < 0 else body[place : place + size].decode("utf-8", "replace")
        place += max(size, 0)


@dataclass(frozen=True)
class Column:
    """A column of a result: its name, and the number and modifier of its type in PostgreSQL."""

    name: str
    type_oid: int
    modifier: int


def columns(body: bytes) -> list[Column]:
    """The columns of a RowDescription."""
    found, place = [], 2
    for _ in range(struct.unpack_from("!h", body)[0]):
        name, place = first_string(body, place)
        type_oid, _, modifier = struct.unpack_from("!ihi", body, place + 6)
        found.append(Column(name.decode("utf-8", "replace"), type_oid, modifier))
        place += 18
    return found
