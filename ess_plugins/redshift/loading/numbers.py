"""Numbers of Redshift: exactly the number that is given, or none.

REAL and DOUBLE PRECISION are the exception that they are by nature: a decimal number becomes the nearest one.
"""

from ess_core.tables.cleaning import casts
from ess_core.tables.columnspec import Column, ColumnType
from ess_plugins.redshift.loading.fitting import Pair
from ess_plugins.redshift.loading.recast import Recast, matches

WHOLE = frozenset({"smallint", "integer", "bigint"})
FLOATS = {"real": "REAL", "double precision": "DOUBLE"}
_INT64, _DOUBLE = Column(ColumnType.INT64), Column(ColumnType.FLOAT)
_POINT = "."
_DIGITS = "[+-]?[0-9]+"
_DECIMAL = "[+-]?(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)"
_SPECIAL = "(?i)[+-]?inf(?:inity)?|nan"


def whole(pair: Pair, at: int) -> Recast:
    """SMALLINT, INTEGER and BIGINT."""
    given, value, kind = f"s{at}", f"v{at}", pair.target.type.upper()
    out_of_range = f"'out of the range of {kind}'"
    if pair.column.type.is_whole:
        return Recast(f"try_cast({given} as {kind})", _lost(given, value), out_of_range)
    if pair.column.type is ColumnType.FLOAT:
        cast = f"try_cast(try_cast({given} as BIGINT) as {kind})"
        why = f"case when trunc({given}) = {given} then {out_of_range} else 'not a whole number' end"
        return Recast(cast, f"({_lost(given, value)} or {value}::DOUBLE <> {given})", why)
    cast = casts.value(_INT64, given, _POINT)
    wrong = f"({casts.is_wrong(_INT64, given, _POINT)} or ({value} is null and {cast} is not null))"
    why = f"case when {matches(given, _DIGITS)} then {out_of_range} else 'not a whole number' end"
    return Recast(f"try_cast({cast} as {kind})", wrong, why)


def decimal(pair: Pair, at: int, *, rounds: bool) -> Recast:
    """NUMERIC; with ``rounds`` digits that it has no room for are rounded, and otherwise a reason."""
    given, value, target = f"s{at}", f"v{at}", pair.target
    kind, scale = f"DECIMAL({target.precision},{target.scale})", target.scale or 0
    out_of_range = f"'out of the range of {target.sql}'"
    if pair.column.type.is_whole:
        return Recast(f"try_cast({given} as {kind})", _lost(given, value), out_of_range)
    too_fine = f"'with more than {scale} digits after the point'"
    if pair.column.type is ColumnType.FLOAT:
        text = f"{given}::VARCHAR"
        changed = f"({value}::DOUBLE <> {given} and {value}::VARCHAR::DOUBLE <> {given})"
        why = f"case when {value} is null then {out_of_range} else {too_fine} end"
    else:
        text = given
        changed = f"({value}::VARCHAR <> {text} and not {matches(text, _scaled(scale))})"
        is_number = matches(text, _DECIMAL)
        why = (
            f"case when not {is_number} then 'not a decimal number' "
            f"when {value} is null then {out_of_range} else {too_fine} end"
        )
    wrong = f"({text} <> '' and ({value} is null or {changed}))"
    if not rounds:
        return Recast(f"try_cast({text} as {kind})", wrong, why)
    is_rounded, is_lost = f"({text} <> '' and {changed})", f"({text} <> '' and {value} is null)"
    if pair.column.type is not ColumnType.FLOAT:
        is_lost = f"({wrong} and ({value} is null or not {is_number}))"
    return Recast(f"try_cast({text} as {kind})", is_lost, why, counted={"ROUNDEC": is_rounded})


def floating(pair: Pair, at: int) -> Recast:
    """REAL and DOUBLE PRECISION; text may say NaN and Infinity."""
    given, value, kind = f"s{at}", f"v{at}", FLOATS[pair.target.type]
    cast, out_of_range = f"try_cast({given} as {kind})", f"'out of the range of {pair.target.sql}'"
    if pair.column.type.is_whole:
        wrong = f"({given} is not null and {value}::HUGEINT is distinct from {given}::HUGEINT)"
        return Recast(cast, wrong, f"'with more digits than {pair.target.sql} keeps'")
    vanishes = f"({value} = 0 and {given}::DOUBLE <> 0)"
    if pair.column.type is ColumnType.FLOAT:
        return Recast(cast, f"({_lost(given, value)} or {vanishes})", out_of_range)
    is_special = matches(given, _SPECIAL)
    is_doubtful = casts.is_wrong(_DOUBLE, given, _POINT)
    number = f"try_cast({given} as DOUBLE)"
    has_digits = f"regexp_matches({given}, '^[^eE]*[1-9]')"
    grows = f"({value} is null or (isinf({value}) and not isinf({number})) or ({value} = 0 and {has_digits}))"
    wrong = f"(({is_doubtful} and not {is_special}) or ({given} <> '' and {grows}))"
    is_number = f"({number} is not null and not contains({given}, '_'))"
    return Recast(cast, wrong, f"case when {is_number} then {out_of_range} else 'not a number' end")


def _scaled(scale: int) -> str:
    """A decimal number without digits, other than zeros, after the first ``scale``."""
    small = rf"[.][0-9]{{1,{scale}}}0*|" if scale else ""
    return rf"[+-]?(?:[0-9]+(?:[.][0-9]{{0,{scale}}}0*)?|{small}[.]0+)"


def _lost(given: str, value: str) -> str:
    return f"({given} is not null and {value} is null)"
