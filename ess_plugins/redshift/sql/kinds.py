"""What a statement does that its caller must know before it runs: to transactions, and of rows."""

from enum import Enum
from itertools import islice, pairwise

from ess_plugins.redshift.sql.tokens import tokens

_LOOKED_AT = 16  # tokens, in which all words stand that tell


class Control(Enum):
    """What a statement does to the transaction by itself."""

    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"


_CONTROL = {
    "BEGIN": Control.BEGIN,
    "START": Control.BEGIN,
    "COMMIT": Control.COMMIT,
    "END": Control.COMMIT,
    "ROLLBACK": Control.ROLLBACK,
    "ABORT": Control.ROLLBACK,
}
_QUERY = {"SELECT", "WITH"}
_CHANGES = {"INSERT", "UPDATE", "DELETE"}
_OF_SESSION = {"SET", "RESET", "PREPARE", "DEALLOCATE", "DECLARE", "FETCH", "CLOSE"}
_TEMPORARY = {("CREATE", "TEMP"), ("CREATE", "TEMPORARY"), ("CREATE", "LOCAL")}
_ANSWERS = {"SHOW", "EXPLAIN", "DESC", "FETCH", "CALL", "EXECUTE"}
_ALONE = {
    ("VACUUM",),
    ("CREATE", "DATABASE"),
    ("DROP", "DATABASE"),
    ("CREATE", "LIBRARY"),
    ("CREATE", "OR", "REPLACE", "LIBRARY"),
    ("DROP", "LIBRARY"),
    ("CREATE", "EXTERNAL", "TABLE"),
}
_EXTERNAL = {
    ("ADD", "PARTITION"),
    ("ADD", "IF"),
    ("DROP", "PARTITION"),
    ("SET", "LOCATION"),
    ("SET", "FILE"),
    ("SET", "TABLE"),
}  # what ALTER TABLE does to external tables only


def control(sql: str) -> Control | None:
    """What a statement does to the transaction; None for one that is no transaction control."""
    return _CONTROL.get(_first(sql))


def commits(sql: str) -> bool:
    """True for TRUNCATE, which commits what was done before and itself.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNCATE.html
    """
    return _first(sql) == "TRUNCATE"


def is_query(sql: str) -> bool:
    """True for a query that a cursor can be declared for: a SELECT that makes no table."""
    if _first(sql) not in _QUERY:
        return False
    inner = _opened(sql)
    return not any(token.word == "INTO" and token.depth <= inner for token in tokens(sql))


def is_limited(sql: str) -> bool:
    """True for a query whose outermost SELECT has a LIMIT."""
    inner = _opened(sql)
    return any(token.word == "LIMIT" and token.depth <= inner for token in tokens(sql))


def changes(sql: str) -> bool:
    """True for a statement that says how many rows it changed, also where these are none."""
    return _first(sql) in _CHANGES


def is_of_session(sql: str) -> bool:
    """True for a statement that matters to later ones of its session only: SET, a temporary table."""
    return _first(sql) in _OF_SESSION or _words(sql, 2) in _TEMPORARY or _makes_temporary(sql)


def answers(sql: str) -> bool:
    """True for a statement that may have rows as its answer; CALL and EXECUTE have them or not."""
    first, second = (*_words(sql, 2), "", "")[:2]
    return first in _ANSWERS or (first, second) == ("ANALYZE", "COMPRESSION") or is_query(sql)


def stands_alone(sql: str) -> bool:
    """True for a statement that Redshift does not run within a transaction, as far as its text tells.

    Whether ALTER TABLE or DROP TABLE is of an external table, which may not either, only the server knows.
    Sources: https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_commands.html, the page of each command.
    """
    words = _words(sql, _LOOKED_AT)
    return any(words[: len(some)] == some for some in _ALONE) or _alters_alone(sql)


def _makes_temporary(sql: str) -> bool:
    """True where a table is made whose name begins with #.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
    """
    looked = list(tokens(sql)) if "#" in sql else []
    return any(two.text == "#" and one.word in ("TABLE", "EXISTS", "INTO") for one, two in pairwise(looked))


def _alters_alone(sql: str) -> bool:
    altered = list(islice(tokens(sql), _LOOKED_AT))
    if [token.word for token in altered[:2]] != ["ALTER", "TABLE"]:
        return False
    at = 3
    while [token.text for token in altered[at : at + 1]] == ["."]:
        at += 2
    does = [token.word for token in altered[at : at + 4]]
    return (
        does[:1] in (["APPEND"], ["PARTITION"])
        or tuple(does[:2]) in _EXTERNAL
        or (does[:2] == ["ALTER", "COLUMN"] and does[3:] == ["TYPE"])
    )


def _first(sql: str) -> str:
    return next(iter(_words(sql, 1)), "")


def _words(sql: str, most: int) -> tuple[str, ...]:
    """The words among the first tokens, in capitals; brackets in front do not count."""
    return tuple(token.word for token in islice(tokens(sql), most + _opened(sql)) if token.word)


def _opened(sql: str) -> int:
    """How many brackets are open where the statement's first word stands."""
    return next((token.depth for token in tokens(sql) if token.text != "("), 0)
