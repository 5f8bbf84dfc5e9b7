"""A value of a text file -> the same for PostgreSQL, or the reason why Redshift does not load it."""

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime

from ess_plugins.sandbox.redshift.loading.outcome import BadValueError, Target
from ess_plugins.sandbox.redshift.sql.copies import Copy

Convert = Callable[[str], str | None]
"""Returns None for NULL. Raises BadValueError."""

_WHOLE = re.compile(r"[+-]?\d+")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LIMITS = {"smallint": 1 << 15, "integer": 1 << 31, "bigint": 1 << 63}
_BOOLEANS = frozenset({"t", "true", "y", "yes", "1", "f", "false", "n", "no", "0"})
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_MOMENT = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?\s*(Z|[+-]\d{2}:?(\d{2})?)?"
)
_FORMATS = (
    ("YYYY", "%Y"),
    ("MONTH", "%B"),
    ("MON", "%b"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("HH", "%H"),
    ("MI", "%M"),
    ("SS", "%S"),
    ("US", "%f"),
    ("MS", "%f"),
    ("AM", "%p"),
    ("PM", "%p"),
    ("YY", "%y"),
)
_AUTO = ("", "auto")


def converter(target: Target, copy: Copy) -> Convert:
    """What makes values of a column."""
    if target.is_text:
        return _text(target.most_bytes, copy.has("TRUNCATECOLUMNS"))
    if target.type in _LIMITS:
        return _whole(target.type)
    if target.type == "date":
        return _date(copy.options.get("DATEFORMAT", ""), copy.has("ACCEPTANYDATE"))
    if target.type.startswith("timestamp"):
        return _moment(copy.options.get("TIMEFORMAT", ""), copy.has("ACCEPTANYDATE"))
    return _BY_TYPE.get(target.type, _as_it_is)


def _as_it_is(value: str) -> str:
    return value


def _text(most_bytes: int, truncates: bool) -> Convert:
    def convert(value: str) -> str:
        if len(value) <= most_bytes and value.isascii():
            return value
        encoded = value.encode()
        if len(encoded) <= most_bytes:
            return value
        if truncates:
            return encoded[:most_bytes].decode("utf-8", "ignore")
        raise BadValueError(1204, "String length exceeds DDL length")

    return convert


def _whole(kind: str) -> Convert:
    limit = _LIMITS[kind]

    def convert(value: str) -> str:
        text = value.strip()
        if not _WHOLE.fullmatch(text):
            place = next((i for i, letter in enumerate(value) if not letter.isdigit()), 0)
            told = (
                f"Invalid digit, Value '{value[place : place + 1]}', Pos {place}, Type: {kind.capitalize()}"
            )
            raise BadValueError(1207, told)
        if not -limit <= int(text) < limit:
            raise BadValueError(1207, f"Overflow, Value '{text}' out of range for {kind}")
        return text

    return convert


def _decimal(value: str) -> str:
    if not _NUMBER.fullmatch(value.strip()):
        raise BadValueError(1207, f"Invalid digit, Value '{value[:1]}', Pos 0, Type: Decimal")
    return value.strip()


def _float(value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if math.isnan(number) and value.strip().lower() != "nan":
        raise BadValueError(1207, f"Invalid digit, Value '{value[:1]}', Pos 0, Type: Float")
    return value.strip()


def _boolean(value: str) -> str:
    if value.strip().lower() not in _BOOLEANS:
        raise BadValueError(1210, "Unknown boolean format")
    return value.strip()


def _super(value: str) -> str:
    try:
        json.loads(value)
    except ValueError as error:
        raise BadValueError(1224, "Invalid JSON format in SUPER column") from error
    return value


def _date(form: str, accepts_any: bool) -> Convert:
    pattern = _python_format(form)

    def convert(value: str) -> str | None:
        try:
            if form.lower() not in _AUTO:
                return _parsed(value, pattern).date().isoformat()
            return date(*map(int, _matching(_DATE, value).split("-"))).isoformat()
        except ValueError as error:
            if accepts_any:
                return None
            short = "Invalid Date Format - length must be 10 or more"
            raise BadValueError(1205, short if len(value) < 10 else "Invalid date format or value") from error

    return convert


def _moment(form: str, accepts_any: bool) -> Convert:
    pattern = _python_format(form)

    def convert(value: str) -> str | None:
        try:
            if form.lower().startswith("epoch"):
                seconds = float(value) / (1000 if "milli" in form.lower() else 1)
                return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
            if form.lower() not in _AUTO:
                return _parsed(value, pattern).isoformat(sep=" ")
            return _matching(_MOMENT, value)
        except (ValueError, OverflowError) as error:
            if accepts_any:
                return None
            told = f"Invalid timestamp format or value [{form or 'YYYY-MM-DD HH24:MI:SS'}]"
            raise BadValueError(1206, told) from error

    return convert


def _matching(pattern: re.Pattern[str], value: str) -> str:
    """The value without the space around it. Raises ValueError where it is something else."""
    text = value.strip()
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return text


def _parsed(value: str, pattern: str) -> datetime:
    return datetime.strptime(value, pattern)  # noqa: DTZ007 - a timestamp column has no zone


def _python_format(form: str) -> str:
    """Redshift's format string in Python's letters."""
    found, place = "", 0
    while place < len(form):
        ours, theirs = next(
            (pair for pair in _FORMATS if form.upper().startswith(pair[0], place)), (form[place],) * 2
        )
        found += theirs
        place += len(ours)
    return found


_BY_TYPE: dict[str, Convert] = {
    "numeric": _decimal,
    "real": _float,
    "double precision": _float,
    "boolean": _boolean,
    "super": _super,
    "jsonb": _super,
}
