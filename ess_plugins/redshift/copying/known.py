"""Every option of COPY by name: what its value is, and what ess does with it.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_COPY-alphabetical-parm-list.html, and for Parquet
https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
"""

import difflib
import re
from dataclasses import dataclass
from enum import Enum, auto

from ess_core.errors import UsageError


class Use(Enum):
    """Who applies an option that may be given."""

    SHAPES = auto()
    """ess, when it cleans: it changes values, and how many is counted."""
    ANY_STAGE = auto()
    """COPY, whatever is staged."""
    CSV_ONLY = auto()
    """COPY, which takes it from CSV but not from Parquet."""


class Value(Enum):
    """What stands behind an option's name."""

    NOTHING = "nothing"
    TEXT = "any text"
    CHARACTER = "one ASCII character"
    FORMAT = "a format"
    NUMBER = "a whole number from 1 on"
    SWITCH = "ON or OFF"
    PRESET = "ON, OFF or PRESET"
    REGION = "a region such as eu-west-1"


@dataclass(frozen=True, slots=True)
class Known:
    """An option as COPY writes it; ``default`` is the value where none is given, None where one must be."""

    name: str
    use: Use
    value: Value = Value.NOTHING
    default: str | None = None


KNOWN = (
    Known("ACCEPTANYDATE", Use.SHAPES),
    Known("ACCEPTINVCHARS", Use.SHAPES, Value.CHARACTER, "?"),
    Known("BLANKSASNULL", Use.SHAPES),
    Known("DATEFORMAT", Use.SHAPES, Value.FORMAT),
    Known("EMPTYASNULL", Use.SHAPES),
    Known("FILLRECORD", Use.SHAPES),
    Known("IGNOREBLANKLINES", Use.SHAPES),
    Known("NULL AS", Use.SHAPES, Value.TEXT),
    Known("ROUNDEC", Use.SHAPES),
    Known("TIMEFORMAT", Use.SHAPES, Value.FORMAT),
    Known("TRIMBLANKS", Use.SHAPES),
    Known("TRUNCATECOLUMNS", Use.SHAPES),
    Known("COMPROWS", Use.CSV_ONLY, Value.NUMBER),
    Known("COMPUPDATE", Use.CSV_ONLY, Value.PRESET, "ON"),
    Known("REGION", Use.CSV_ONLY, Value.REGION),
    Known("STATUPDATE", Use.ANY_STAGE, Value.SWITCH, "ON"),
)

_READING = "the category says how its files are read: `ess category change`"
_FINDING = "ess finds out by itself how files are compressed, and compresses what it stages"
_ALLOWED = "the role is that of --iam-role, or of `ess redshift register`"
_STAGING = "ess stages cleaned files, and lists them in a manifest"
_OWN = {
    **dict.fromkeys(("FORMAT", "CSV", "JSON", "AVRO", "ORC", "PARQUET", "FIXEDWIDTH", "SHAPEFILE"), _READING),
    **dict.fromkeys(("DELIMITER", "QUOTE", "ESCAPE", "REMOVEQUOTES", "ENCODING", "IGNOREHEADER"), _READING),
    **dict.fromkeys(("GZIP", "BZIP2", "LZOP", "ZSTD"), _FINDING),
    **dict.fromkeys(("IAM_ROLE", "CREDENTIALS", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY"), _ALLOWED),
    **dict.fromkeys(("SESSION_TOKEN", "TOKEN", "WITH"), _ALLOWED),
    **dict.fromkeys(("FROM", "MANIFEST", "ENCRYPTED", "MASTER_SYMMETRIC_KEY", "SSH", "READRATIO"), _STAGING),
    **dict.fromkeys(("SERIALIZETOJSON", "SIMPLIFY"), _STAGING),
    "EXPLICIT_IDS": "ess copies into a table of its own first, and names the columns that it fills",
    "MAXERROR": "--max-rejects N says how many rows may be rejected",
    "NOLOAD": "--dry-run checks all rows without loading them",
}


def known(name: str) -> Known:
    """The option of that name, whatever its case, and with AS or without.

    Raises UsageError for one that ess sets itself, with what to do instead, and for one that is none.
    """
    key = normal(name)
    if key in _BY_NAME:
        return _BY_NAME[key]
    if key in _OWN_BY_NAME:
        own = _OWN_BY_NAME[key]
        raise UsageError(f"COPY's {own} is not to be given: ess sets what it needs", _OWN[own])
    close = difflib.get_close_matches(key, [*_BY_NAME, *_OWN_BY_NAME], 1)
    written = {one: option.name for one, option in _BY_NAME.items()} | _OWN_BY_NAME
    there = f"did you mean {written[close[0]]}?" if close else f"there are {', '.join(_names())}"
    raise UsageError(f"{name.strip()!r} is no option of COPY", there)


def is_known(name: str) -> bool:
    """True for the name of an option, also of one that ess sets itself."""
    return normal(name) in _BY_NAME.keys() | _OWN_BY_NAME.keys()


def normal(name: str) -> str:
    """A name as it is compared: ``null as``, ``NULL_AS`` and ``NULL`` are the same."""
    key = re.sub(r"[\s_-]+", "", name.upper())
    bare = key.removesuffix("AS")
    return bare if bare in _NORMAL else key


def _names() -> list[str]:
    return [option.name for option in KNOWN]


_NORMAL = {re.sub("[ _]|AS$", "", name) for name in [*_names(), *_OWN]}
_BY_NAME = {normal(option.name): option for option in KNOWN}
_OWN_BY_NAME = {normal(name): name for name in _OWN}
