"""UNLOAD ('select …') TO 's3://…'.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

from dataclasses import dataclass, field

from ess_plugins.sandbox.redshift.sql.access import NO_ACCESS, Access, read_access
from ess_plugins.sandbox.redshift.sql.cursor import Cursor
from ess_plugins.sandbox.redshift.sql.expressions import expression
from ess_plugins.sandbox.redshift.sql.tokens import Kind, joined, refused, tokens, unquoted

_FORMATS = frozenset({"CSV", "PARQUET", "TEXT"})
_FLAGS = frozenset(
    {"HEADER", "GZIP", "BZIP2", "ALLOWOVERWRITE", "CLEANPATH", "ADDQUOTES", "ESCAPE", "ENCRYPTED"}
)
_VALUED = frozenset({"DELIMITER", "NULL", "MAXFILESIZE", "REGION", "EXTENSION", "ROWGROUPSIZE"})
_UNSIMULATED = frozenset({"PARTITION", "ZSTD", "JSON", "ESCAPE", "ADDQUOTES", "FIXEDWIDTH"})


@dataclass
class Unload:
    """``options`` as those of a COPY."""

    query: str
    target: str
    format: str = "TEXT"
    access: Access = NO_ACCESS
    options: dict[str, str] = field(default_factory=dict)

    def has(self, option: str) -> bool:
        """Whether the option is given."""
        return option in self.options


def read_unload(cursor: Cursor) -> Unload:
    """The statement behind the word UNLOAD. Raises RefusedError."""
    inner = cursor.parenthesized()
    if len(inner) == 1 and inner[0].kind is Kind.STRING:
        inner = tokens(unquoted(inner[0]))
    elif inner and inner[0].kind is Kind.DOLLAR:
        inner = tokens(inner[0].text.strip("$"))
    cursor.expect("TO")
    unload = Unload(joined(expression(inner)), cursor.string())
    if not unload.target.startswith("s3://"):
        raise refused("the target of UNLOAD must start with s3://", "22023")
    while not cursor.done:
        _read_clause(cursor, unload)
    unload.access.check()
    if unload.format == "PARQUET" and unload.has("GZIP"):
        raise refused("UNLOAD option GZIP is not supported for PARQUET", "0A000")
    return unload


def _read_clause(cursor: Cursor, unload: Unload) -> None:
    access = read_access(cursor, unload.access)
    if access:
        unload.access = access
    else:
        _ = cursor.take("FORMAT", "AS") or cursor.take("FORMAT")
        _read_option(cursor, cursor.next().word, unload)


def _read_option(cursor: Cursor, option: str, unload: Unload) -> None:
    if option in _UNSIMULATED:
        raise refused(f"UNLOAD with {option} is not simulated", "0A000")
    if option in _FORMATS:
        unload.format = option
    elif option in _FLAGS:
        unload.options[option] = ""
    elif option == "MANIFEST":
        cursor.take("VERBOSE")
        unload.options[option] = ""
    elif option == "PARALLEL":
        unload.options[option] = cursor.next().word
    elif option in _VALUED:
        cursor.take("AS")
        unload.options[option] = unquoted(cursor.next())
        _ = cursor.take("MB") or cursor.take("GB")
    else:
        raise refused(f'syntax error at or near "{option}"')
