"""``--key "col = distkey"`` and ``--sortkey``: what columns are to a table beside their type."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ess_core.errors import UsageError
from ess_plugins.redshift.sql.lexical import QUOTED
from ess_plugins.redshift.sql.quoting import folded

ENCODINGS = (
    *("AZ64", "BYTEDICT", "DELTA", "DELTA32K", "LZO", "MOSTLY8", "MOSTLY16", "MOSTLY32"),
    *("RAW", "RUNLENGTH", "TEXT255", "TEXT32K", "ZSTD"),
)
"""Source: https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html"""

MOST_SORTKEYS = 400

_ATTRIBUTES = re.compile(
    r"(?P<distkey>distkey)|(?P<sortkey>sortkey)|(?P<not_null>not\s+null)|(?P<primary>primary\s+key)"
    r"|encode\s+(?P<encoding>\w+)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[\s,]*")
_HINT = (
    "a key is COLUMN = ATTRIBUTE, which is distkey, sortkey, not null, primary key or encode ENCODING, "
    "or several of them"
)


@dataclass(frozen=True, slots=True)
class Keys:
    """Columns by what they are, under folded names, each in the order given; ``distkey`` may be empty.

    ``encodings`` are pairs of a column and how it is compressed.
    """

    distkey: str = ""
    sortkey: tuple[str, ...] = ()
    not_null: tuple[str, ...] = ()
    primary: tuple[str, ...] = ()
    encodings: tuple[tuple[str, str], ...] = ()

    @property
    def columns(self) -> set[str]:
        """All columns that are named."""
        encoded = {column for column, _ in self.encodings}
        return {*filter(None, [self.distkey]), *self.sortkey, *self.not_null, *self.primary, *encoded}


@dataclass(frozen=True, slots=True)
class _Key:
    """One attribute of a column; ``value`` is the encoding."""

    column: str
    attribute: str
    value: str


def keys(texts: Iterable[str], sortkey: Iterable[str] = ()) -> Keys:
    """What the texts of ``--key`` and ``--sortkey`` say; one of the latter names columns with commas between.

    Raises UsageError for what cannot be understood, or not be said of one table.
    """
    found = [key for text in texts for key in _parsed(text)]
    by_sortkey = [column for text in sortkey for column in columns(text, "--sortkey")]
    distkeys = _of(found, "distkey")
    if len(distkeys) > 1:
        raise UsageError(f"a table has one distkey, and these are {len(distkeys)}: {', '.join(distkeys)}")
    sortkeys = _of(found, "sortkey")
    if sortkeys and by_sortkey:
        raise UsageError("the sortkey is given twice", "name its columns by --sortkey or by --key")
    return Keys(
        "".join(distkeys),
        _unique(sortkeys or by_sortkey, "sortkey"),
        _unique(_of(found, "not_null"), "not null"),
        _unique(_of(found, "primary"), "primary key"),
        _encodings(found),
    )


def columns(text: str, option: str) -> list[str]:
    """The folded names in a text with commas between, of which any may be quoted.

    Raises UsageError, which names the ``option``, where there is none.
    """
    parts = [part for part in re.findall(rf"{QUOTED}|[^,]+", text, re.DOTALL) if part.strip()]
    if not parts:
        raise UsageError(f"{option} {text!r} names no column", f"{option} COLUMN,COLUMN…")
    return [_column(part) for part in parts]


def _parsed(text: str) -> Iterable[_Key]:
    left, equals, right = text.rpartition("=")
    column = _column(left)
    at = _skip(right, 0)
    if not equals or not column or at == len(right):
        raise UsageError(f"--key {text!r} is not COLUMN = ATTRIBUTE", _HINT)
    while at < len(right):
        found = _ATTRIBUTES.match(right, at)
        if not found or right[found.end() : found.end() + 1].strip(" \t\n,"):
            raise UsageError(f"--key {text!r}: {right[at:].strip()!r} is no attribute of a column", _HINT)
        yield _Key(column, found.lastgroup or "", (found["encoding"] or "").upper())
        at = _skip(right, found.end())


def _column(text: str) -> str:
    """The name as Redshift keeps it, of one that may be quoted; empty where it is none."""
    text = text.strip()
    return folded(text[1:-1].replace('""', '"') if re.fullmatch(QUOTED, text, re.DOTALL) else text)


def _skip(text: str, at: int) -> int:
    between = _BETWEEN.match(text, at)
    assert between, "it matches nothing too"
    return between.end()


def _of(found: Iterable[_Key], attribute: str) -> list[str]:
    return [key.column for key in found if key.attribute == attribute]


def _unique(columns: Sequence[str], what: str) -> tuple[str, ...]:
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise UsageError(f"{twice!r} is named twice for the {what}")
    if what == "sortkey" and len(columns) > MOST_SORTKEYS:
        raise UsageError(f"a sortkey has {MOST_SORTKEYS} columns at most")
    return tuple(columns)


def _encodings(found: Iterable[_Key]) -> tuple[tuple[str, str], ...]:
    pairs = [(key.column, key.value) for key in found if key.attribute == "encoding"]
    _unique([column for column, _ in pairs], "encoding")
    for column, encoding in pairs:
        if encoding not in ENCODINGS:
            known = ", ".join(ENCODINGS)
            raise UsageError(f"{encoding.lower()!r}, for {column!r}, is no encoding", f"there are {known}")
    return tuple(pairs)
