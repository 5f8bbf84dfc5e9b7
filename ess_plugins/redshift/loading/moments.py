"""Dates and times of Redshift, as it reads them where no format is given, or by DATEFORMAT and TIMEFORMAT.

Source: https://docs.aws.amazon.com/redshift/latest/dg/automatic-recognition.html
"""

from ess_core.tables.sqltext import literal
from ess_plugins.redshift.copying.formats import Format, Special
from ess_plugins.redshift.copying.options import Shaping
from ess_plugins.redshift.loading.fitting import TIME, Pair
from ess_plugins.redshift.loading.recast import Recast, matches

DATE, WITH_ZONE = "date", "timestamp with time zone"
MOMENTS = frozenset({DATE, TIME, WITH_ZONE, "timestamp without time zone"})

_DAY = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_CLOCK = "[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]{1,6}0*)?)?"
_FINE_CLOCK = "[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?"
_UTC = "(?:Z|[+-]00(?::?00)?)?"
_ZONE = "(?: ?(?:Z|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?))?"
_EPOCHS = {Special.EPOCH_SECONDS: 6, Special.EPOCH_MILLISECONDS: 3}
"""How many digits after the point microseconds leave to each."""

_DAYS = (
    *("%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y"),
    *("%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b-%d-%Y", "%b %d %Y", "%b %d, %Y", "%B %d %Y", "%B %d, %Y"),
)
_CLOCKS = ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_FIRST, _FIRST_OF_FORMAT, _LAST = "0001-01-01", "1000-01-01", "9999-12-31"
"""Four digits are what formats call a year; others are misread."""


def moment(pair: Pair, at: int, shaping: Shaping) -> Recast:
    """DATE, TIME, TIMESTAMP and TIMESTAMPTZ; what is no moment is NULL where ACCEPTANYDATE is given."""
    kind, text = pair.target.type, f"s{at}::VARCHAR"
    if kind == TIME:
        return _time(at, text)
    form = shaping.dateformat if kind == DATE else shaping.timeformat
    parsed = _parsed(kind, text, form)
    why = _why(kind, f"v{at}", text, form)
    if not shaping.acceptanydate:
        return Recast(parsed, _wrong(kind, f"v{at}", text, form), why)
    wrong = _wrong(kind, parsed, text, form)
    value = f"case when {wrong} then null else {parsed} end"
    return Recast(value, "false", why, counted={"ACCEPTANYDATE": f"({text} <> '' and v{at} is null)"})


def _time(at: int, text: str) -> Recast:
    value = f"v{at}"
    other = f"({value}::VARCHAR <> {text} and not {matches(text, _CLOCK)})"
    wrong = f"({text} <> '' and ({value} is null or {value} >= TIME '24:00:00' or {other}))"
    return Recast(f"try_cast({text} as TIME)", wrong, "'not a time of day, to microseconds'")


def _parsed(kind: str, text: str, form: Format | None) -> str:
    if form is None:
        return _iso(kind, text)
    if form.special in _EPOCHS:
        return _epoch(text, _EPOCHS[form.special])
    cast = "::DATE" if kind == DATE else ""
    if not form.special:
        return f"try_strptime({text}, {_list(form.patterns)}){cast}"
    is_iso, other = matches(text, _iso_pattern(kind)), f"try_strptime({text}, {_list(_known(kind))}){cast}"
    return f"case when {is_iso} then {_iso(kind, text)} else {other} end"


def _iso(kind: str, text: str) -> str:
    if kind == DATE:
        return f"try_cast({text} as DATE)"
    if kind != WITH_ZONE:
        return f"try_cast({text} as TIMESTAMP)"
    joined = f"replace(replace({text}, ' +', '+'), ' -', '-')"
    return f"make_timestamp(epoch_us(try_cast({joined} as TIMESTAMPTZ)))"


def _epoch(text: str, digits: int) -> str:
    """Seconds since 1970, or a thousandth of them; whole microseconds."""
    number = f"case when {matches(text, _counted(digits))} then try_cast({text} as DECIMAL(24,{digits})) end"
    return f"try(make_timestamp(try_cast(({number}) * {10**digits} as BIGINT)))"


def _wrong(kind: str, value: str, text: str, form: Format | None) -> str:
    first = _FIRST if form is None or form.special else _FIRST_OF_FORMAT
    last = _LAST if kind == DATE else f"{_LAST} 23:59:59.999999"
    wrong = f"{value} is null or {value} < '{first}' or {value} > '{last}'"
    if form is None:  # without COALESCE around it, DuckDB asks for the pattern only where the texts differ
        wrong += f" or ({value}::VARCHAR <> {text} and not {matches(text, _iso_pattern(kind))})"
    return f"({text} <> '' and ({wrong}))"


def _why(kind: str, value: str, text: str, form: Format | None) -> str:
    what = "a date" if kind == DATE else "a time"
    if form is not None:
        option = "DATEFORMAT" if kind == DATE else "TIMEFORMAT"
        return f"'not {what} as {option} says'"
    if kind == DATE:
        return "'not a date as YYYY-MM-DD'"
    is_too_fine = matches(text, f"{_DAY}[ T]{_FINE_CLOCK}{_ZONE}")
    has_zone = matches(text, f"{_DAY}(?:[ T]{_CLOCK})?{_ZONE}")
    no_zone = (
        "" if kind == WITH_ZONE else f"when {has_zone} then 'not in UTC, and TIMESTAMP keeps no offset' "
    )
    return (
        f"case when {value} is null then 'not a time as YYYY-MM-DD HH:MM:SS' {no_zone}"
        f"when {is_too_fine} then 'finer than microseconds' else 'not a time as YYYY-MM-DD HH:MM:SS' end"
    )


def _iso_pattern(kind: str) -> str:
    if kind == DATE:
        return _DAY
    return f"{_DAY}(?:[ T]{_CLOCK})?{_ZONE if kind == WITH_ZONE else _UTC}"


def _known(kind: str) -> list[str]:
    times = [f"{day} {clock}" for day in _DAYS for clock in _CLOCKS] if kind != DATE else []
    return [*_DAYS, *times]


def _counted(digits: int) -> str:
    return rf"[+-]?[0-9]{{1,15}}(?:[.][0-9]{{0,{digits}}}0*)?"


def _list(patterns: tuple[str, ...] | list[str]) -> str:
    return f"[{', '.join(map(literal, patterns))}]"
