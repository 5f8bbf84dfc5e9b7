"""Which type a column of a category has in a table of Redshift."""

from ess_core.tables.columnspec import ColumnType

LONGEST_VARCHAR = 65535
"""In bytes: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html"""

_SHORTEST_VARCHAR = 64
_ROUNDED_TO = 64
_ADDRESS_BYTES = 45  # of an IPv6 address that ends as an IPv4 one
_TYPES = {
    ColumnType.UINT32: "BIGINT",
    ColumnType.INT32: "INTEGER",
    ColumnType.UINT64: "NUMERIC(20,0)",
    ColumnType.INT64: "BIGINT",
    ColumnType.FLOAT: "DOUBLE PRECISION",
    ColumnType.IP: f"VARCHAR({_ADDRESS_BYTES})",
}


def column_type(kind: ColumnType, longest_bytes: int = 0) -> str:
    """The type for a column that is kept; ``longest_bytes`` is the longest text seen in it, in UTF-8."""
    return _TYPES.get(kind) or f"VARCHAR({varchar_bytes(longest_bytes)})"


def varchar_bytes(longest_bytes: int) -> int:
    """How many bytes a column gets: half as much again, in whole 64s, and no more than Redshift has."""
    roomy = longest_bytes + longest_bytes // 2
    rounded = -(-roomy // _ROUNDED_TO) * _ROUNDED_TO
    return min(max(rounded, _SHORTEST_VARCHAR), LONGEST_VARCHAR)
