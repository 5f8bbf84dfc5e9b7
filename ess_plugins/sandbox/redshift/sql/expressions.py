"""What differs inside expressions and queries."""

from collections.abc import Sequence

from ess_plugins.sandbox.redshift.sql.tokens import Kind, Token

_CALLS = {"NVL": "coalesce", "JSON_SERIALIZE": "ess_json_serialize"}
"""Functions by what stands in for them."""


def expression(some: Sequence[Token]) -> list[Token]:
    """The same for PostgreSQL: quoted names in lower case, SYSDATE, VARCHAR(MAX), some functions."""
    return [_changed(some, place) for place in range(len(some))]


def _changed(some: Sequence[Token], place: int) -> Token:
    token = some[place]
    if token.kind is Kind.QUOTED:
        return token.become(token.text.lower())
    if token.word == "SYSDATE":
        return token.become("(now()::timestamp)")
    if token.word in _CALLS and [after.text for after in some[place + 1 : place + 2]] == ["("]:
        return token.become(_CALLS[token.word])
    if token.word == "MAX" and [before.word for before in some[max(place - 2, 0) : place]] == [
        "VARCHAR",
        "(",
    ]:
        return token.become("65535")
    return token
