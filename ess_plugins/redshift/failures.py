"""What the ways in which Redshift fails mean, in one sentence each, with a way out."""

import re
import socket
import ssl
import struct
from collections.abc import Mapping
from enum import Enum
from typing import Any

from ess_core.errors import EssError

LOST = (OSError, struct.error)
"""What the driver raises, besides its own errors, where the other side is gone in the middle of a message."""

_PASSWORD = frozenset({"28000", "28P01"})
_NO_DATABASE = "3D000"
_CANCELED = "57014"
_DENIED = "42501"
_CONFLICTS = frozenset({"40001", "40P01"})
_GOING = frozenset({"57P01", "57P02", "57P03", "08003", "08006", "08001"})
_FRAMED = re.compile(r"\b(error|context):[ \t]*(.*)")
"""Lines of the details of COPY, UNLOAD and others, which stand between rules."""
_NO_SCHEMA = re.compile(r"schema (\"\w+\") does not exist")

_LOST_WORDS = ("BrokenPipe", "connection is closed")


class Problem(Enum):
    """Failures that a caller may tell apart."""

    DRIVER = "the driver is not installed"
    CLOSED = "the warehouse takes no connections now"
    UNREACHABLE = "no answer from the network"
    UNVERIFIED = "its certificate is not to be trusted"
    LOGIN = "user or password are wrong"
    DATABASE = "there is no such database"
    LOST = "the connection was lost"
    TIMEOUT = "a statement took too long"
    CONFLICT = "another transaction came first"
    DENIED = "the user has no right to it"
    STATEMENT = "the statement is wrong"


class RedshiftError(EssError):
    """Redshift, or the way to it, failed; ``problem`` says how, ``fields`` are the server's own words."""

    def __init__(
        self, problem: Problem, message: str, hint: str = "", fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, hint)
        self.problem = problem
        self.fields = fields or {}


def explained(error: BaseException, whose: str) -> RedshiftError:
    """What ``error`` of the driver means on an open connection to ``whose``, such as ``cluster sales``."""
    fields = fields_of(error)
    if not fields:
        return _lost(error, whose)
    code, message = fields.get("C", ""), _sentence(fields)
    if code in _GOING:
        return _lost(error, whose)
    if code == _CANCELED:
        return RedshiftError(
            Problem.TIMEOUT, message, "statement_timeout in [Redshift] of instance.conf says how long", fields
        )
    if code in _CONFLICTS or "Serializable isolation violation" in message:
        return RedshiftError(Problem.CONFLICT, message, "another transaction came first: try again", fields)
    schema = _NO_SCHEMA.match(message)
    hint = f"`ess redshift sql 'create schema {schema[1]}'` makes it" if schema else ""
    problem = Problem.DENIED if code == _DENIED else Problem.STATEMENT
    return RedshiftError(problem, message, fields.get("H") or hint, fields)


def fields_of(error: BaseException) -> dict[str, str]:
    """The fields of the server's message, such as ``C`` for SQLSTATE; none where it was not the server.

    Source: https://www.postgresql.org/docs/8.0/protocol-error-fields.html
    """
    first: Any = error.args[0] if error.args else None
    if not isinstance(first, dict):
        return {}
    return {str(key): str(value) for key, value in first.items()}


def framed(fields: Mapping[str, str]) -> dict[str, str]:
    """The ``error`` and the ``context`` of a detail that stands between rules; none of any other."""
    detail = fields.get("D", "")
    return dict(_FRAMED.findall(detail)) if "-----" in detail else {}


def cause_of(error: BaseException) -> BaseException:
    """What the driver wrapped in its own error, else the error itself."""
    inner = [item for item in error.args if isinstance(item, BaseException)]
    return inner[0] if inner else error


def is_silence(error: BaseException) -> bool:
    """Whether nobody answered within the time."""
    return isinstance(cause_of(error), TimeoutError)


def is_login(fields: Mapping[str, str]) -> bool:
    """Whether the server did not take the user or the password."""
    return fields.get("C") in _PASSWORD or "password authentication failed" in fields.get("M", "")


def is_no_database(fields: Mapping[str, str]) -> bool:
    """Whether there is no database of that name."""
    return fields.get("C") == _NO_DATABASE


def network_words(error: BaseException) -> str:
    """Why the network failed, without the driver's words around it."""
    cause = cause_of(error)
    if isinstance(cause, socket.gaierror):
        return "there is no host of that name"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower() if not isinstance(cause, ssl.SSLError) else cause.strerror
    text = str(cause)
    return "it ended the connection" if any(word in text for word in _LOST_WORDS) else text


def _lost(error: BaseException, whose: str) -> RedshiftError:
    why = fields_of(error).get("M") or network_words(error)
    return RedshiftError(
        Problem.LOST,
        f"the connection to {whose} was lost: {why}",
        "what was not committed is rolled back; a COMMIT under way may be done: look before running it again",
        fields_of(error),
    )


def _sentence(fields: Mapping[str, str]) -> str:
    """The server's message and its detail, on one line."""
    text = " ".join(fields.get("M", "Redshift says no more").split())
    details = [" ".join(one.split()) for one in framed(fields).values() or [fields.get("D", "")]]
    told = "; ".join(one for one in details if one not in text)
    return f"{text} ({told})" if told else text
