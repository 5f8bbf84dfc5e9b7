"""What may be asked: exactly one query."""

from typing import TYPE_CHECKING

from ess_core.errors import UsageError
from ess_core.tables.asking.tokens import tokens

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_HINT = "write one SELECT; WITH, FROM, VALUES, PIVOT, DESCRIBE and SUMMARIZE may begin one too"
_QUERIES = {
    *("SELECT", "WITH", "FROM", "VALUES", "TABLE"),
    *("PIVOT", "PIVOT_WIDER", "UNPIVOT", "PIVOT_LONGER", "DESCRIBE", "SUMMARIZE", "SHOW"),
}


def check(db: "DuckDBPyConnection", sql: str) -> bool:
    """Whether the columns of the answer depend on the data: a PIVOT without IN looks for them there.

    Raises UsageError unless DuckDB takes the SQL for one query, and what its parser raises.
    """
    found = db.extract_statements(sql)
    if len(found) != 1:
        raise UsageError(f"there are {len(found)} statements" if found else "there is no query", _HINT)
    kind = found[0].type.name
    by_data = kind == "MULTI" and _begins_query(sql)
    if kind != "SELECT" and not by_data:
        raise UsageError(f"{_first_word(sql) or kind} is no query", _HINT)
    if found[0].named_parameters:
        raise UsageError("the query has parameters (? or $1), which nothing gives a value", _HINT)
    return by_data


def body(sql: str) -> str:
    """The query without what may stand behind it: semicolons, comments, blanks."""
    found = list(tokens(sql))
    while found and found[-1].text == ";":
        found.pop()
    return sql[: found[-1].end] if found else ""


def _begins_query(sql: str) -> bool:
    return next((one.word for one in tokens(sql) if one.text != "("), "") in _QUERIES


def _first_word(sql: str) -> str:
    return next((one.word for one in tokens(sql) if one.word), "")
