"""What Redshift is to have of a text, by Python alone; ``WRONG`` where it cannot have it."""

# ruff: noqa: DTZ001 - a TIMESTAMP has no zone
import contextlib
import math
import re
import struct
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, localcontext

WRONG = object()
BLANKS = " \t\n\v\f\r"
LIMITS = {"smallint": 15, "integer": 31, "bigint": 63}
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6})0*)?)?)?(?P<zone>.*)",
    re.DOTALL,
)
ZONE = re.compile(r" ?([+-])([0-9]{2})(?::?([0-9]{2}))?")
REFUSED = re.compile("[\0\ufdd0-\ufdef\ufffe\uffff]")


def expected(kind, text, digits=(8, 2), longest_bytes=10):
    """The value of a column of that type, None for NULL."""
    if kind in ("character varying", "character"):
        return _text(kind, text, longest_bytes)
    text = text.strip(BLANKS)
    if not text:
        return None
    if kind in LIMITS:
        return _whole(text, LIMITS[kind])
    if kind == "numeric":
        return _decimal(text, *digits)
    if kind in ("real", "double precision"):
        return _float(text, kind)
    if kind == "boolean":
        words = {"t": True, "true": True, "y": True, "yes": True, "1": True}
        words |= {"f": False, "false": False, "n": False, "no": False, "0": False}
        return words.get(text.lower() if text.isascii() else text, WRONG)
    try:
        return _moment(kind, text)
    except (ValueError, OverflowError):
        return WRONG


def _text(kind, text, longest_bytes):
    is_wrong = REFUSED.search(text) or len(text.encode()) > longest_bytes
    return WRONG if is_wrong or (kind == "character" and not text.isascii()) else text


def _whole(text, bits):
    if not re.fullmatch("[+-]?[0-9]+", text):
        return WRONG
    return int(text) if -(1 << bits) <= int(text) < 1 << bits else WRONG


def _decimal(text, precision, scale):
    if not NUMBER.fullmatch(text):
        return WRONG
    with localcontext() as context:
        context.prec = 1000
        value = Decimal(text)
        is_exact = value == value.quantize(Decimal(1).scaleb(-scale))
    return value if is_exact and abs(value) < Decimal(10) ** (precision - scale) else WRONG


def _float(text, kind):
    if re.fullmatch("(?i)[+-]?inf(inity)?|nan", text):
        return float(text)
    if not re.fullmatch(rf"{NUMBER.pattern}([eE][+-]?[0-9]+)?", text):
        return WRONG
    value = float(text)
    if kind == "real":
        try:
            value = struct.unpack("f", struct.pack("f", value))[0]
        except OverflowError:
            return WRONG
    is_lost = value == 0 and re.search("[1-9]", re.split("[eE]", text)[0])
    return WRONG if math.isinf(value) or is_lost else value


def _moment(kind, text):
    if kind == "date":
        found = re.fullmatch("([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", text)
        return date(*map(int, found.groups())) if found else WRONG
    if not (found := MOMENT.fullmatch(text)):
        return WRONG
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    micros = int((fraction or "0").ljust(6, "0"))
    hour, minute, second = (int(part or 0) for part in (hour, minute, second))
    next_day = (hour, minute, second, micros) == (24, 0, 0, 0)
    value = datetime(int(year), int(month), int(day), 0 if next_day else hour, minute, second, micros)
    value += timedelta(days=next_day)
    if zone in ("", "Z") or (zone == " Z" and kind.endswith("with time zone")):
        return value
    offset = ZONE.fullmatch(zone)
    if not offset or found[4] is None:
        return WRONG
    sign, hours, minutes = offset.groups()
    if int(hours) > 15 or int(minutes or 0) > 59:
        return WRONG
    shift = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    if kind.endswith("with time zone"):
        shifted = value.replace(tzinfo=timezone(shift)).astimezone(UTC)
        return shifted.replace(tzinfo=None)
    return value if not shift and zone[0] != " " else WRONG


def same(one, other):
    """Whether two values are the same, also where they are no numbers."""
    with contextlib.suppress(TypeError):
        if math.isnan(one) and math.isnan(other):
            return True
    return one == other
