"""Find the date in a key without being told how it is written."""

import re
from collections.abc import Iterator
from functools import lru_cache

from ess_core.files.moments import Moment, moment

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

_YEARS = "(?:19|20)[0-9]{2}"
_MONTHS = "[jfmasond][aepuco][nbrylgptvc]"
_YEAR = f"(?P<y>{_YEARS})"
_MONTH = r"(?P<m>0[1-9]|1[0-2])"
_DAY = r"(?P<d>0[1-9]|[12][0-9]|3[01])"
_ANY_DAY = r"(?P<d>0?[1-9]|[12][0-9]|3[01])"
_HOUR = r"(?P<H>[01][0-9]|2[0-3])"
_SIXTY = "[0-5][0-9]"
_NAME = "(?P<b>" + "|".join(f"{month[:3]}(?:{month[3:]})?" for month in MONTHS) + "|sept)"
_GAP = r"[-_/., ]{0,2}"
_START = r"(?<![0-9])"
_END = r"(?![0-9])"
_CLOCK = rf"{_HOUR}(?:[:_-]?(?P<M>{_SIXTY})(?:[:_-]?(?P<S>{_SIXTY}))?)?{_END}"
_NO_DATE = r"(?!(?:19|20)[0-9]{2}[-_/.](?:0[1-9]|1[0-2])(?![0-9]))"
_TIME = rf"(?:[t_ :-]{_NO_DATE}{_CLOCK})?"
_DATE = rf"{_START}{_YEAR}(?P<s>[-_/.]?){_MONTH}(?P=s){_DAY}"
_FOLDER_MONTH = rf"(?<![^/])(?:year|y)={_YEAR}/(?:month|mon|m)=(?P<m>0?[1-9]|1[0-2]){_END}"
_FOLDER_HOUR = rf"/(?:hour|hr|h)=(?P<H>[01]?[0-9]|2[0-3]){_END}"


_Names = tuple[str, ...]
_Layout = tuple[re.Pattern[str], _Names]


def _layouts(gate: str, *layouts: str) -> tuple[re.Pattern[str], tuple[_Layout, ...]]:
    """Layouts and the names of their groups, only tried where ``gate`` is found, which is quick to see."""
    return re.compile(gate), tuple((regex, _names(regex)) for regex in map(re.compile, layouts))


def _names(regex: re.Pattern[str]) -> _Names:
    return tuple(sorted(regex.groupindex, key=regex.groupindex.__getitem__))


_LAYOUTS = (
    _layouts(r"(?:19|20)[0-9]{6}", rf"{_START}{_YEAR}{_MONTH}{_DAY}(?:[t_ -]?{_CLOCK})?{_END}"),
    _layouts(
        r"(?:19|20)[0-9]{2}[-_/.][01][0-9][-_/.]",
        rf"{_START}{_YEAR}(?P<s>[-_/.]){_MONTH}(?P=s){_DAY}{_END}{_TIME}",
    ),
    _layouts(
        r"(?:19|20)[0-9]{2}/[01][0-9]/[0-3][0-9]/",
        rf"{_START}{_YEAR}/{_MONTH}/{_DAY}/{_NO_DATE}{_HOUR}(?:/?(?P<M>{_SIXTY}))?(?=/)",
    ),
    _layouts(
        r"=(?:19|20)",
        rf"{_DATE}{_FOLDER_HOUR}",
        rf"{_FOLDER_MONTH}(?:/(?:day|d)={_ANY_DAY}{_END}(?:{_FOLDER_HOUR})?)?",
    ),
    _layouts(
        _MONTHS,
        rf"{_START}{_ANY_DAY}{_GAP}{_NAME}{_GAP}{_YEAR}{_END}{_TIME}",
        rf"{_START}{_YEAR}{_GAP}{_NAME}{_GAP}{_ANY_DAY}{_END}{_TIME}",
        rf"(?<![a-z]){_NAME}{_GAP}{_ANY_DAY}{_GAP}(?<=[^0-9]){_YEAR}{_END}{_TIME}",
    ),
)
_MAYBE = re.compile(_YEARS)
_MORE = re.compile(f"^[-_., ]?[0-9]|=|{_YEARS}|{_MONTHS}", re.IGNORECASE)
"""What the name in a folder must have to be a date, or to go on with one of the folder."""
_IDS = re.compile(
    r"(?<![0-9a-z])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?=[0-9]*[a-f])[0-9a-f]{16,})(?![0-9a-z])"
)


def first_date(key: str) -> Moment | None:
    """The first date in ``key``, or a finer one within it that comes later; None where there is none.

    It knows YYYYMMDD and YYYY-MM-DD, also with ``/``, ``_`` or ``.``, each also with a time; names of
    months; and folders such as ``dt=2014-01-01`` or ``year=2014/month=01/day=01/hour=05``. Years are 1900
    to 2099. UUIDs and hex numbers of 16 digits or more are no dates, nor is a part of a longer number.
    """
    folder, slash, name = key.rpartition("/")
    return _first_date(key) if _MORE.search(name) else _of_folder(folder + slash)


@lru_cache(1 << 10)
def _of_folder(folder: str) -> Moment | None:
    """The date in a folder; many files are in one."""
    return _first_date(folder)


def _first_date(key: str) -> Moment | None:
    if not _MAYBE.search(key):
        return None
    found = list(_candidates(_IDS.sub(_blank, key.lower())))
    if len(found) < 2:
        return found[0][1] if found else None
    found.sort(key=lambda each: (each[0], -each[1].grain))
    first = found[0][1]
    return max((each for _, each in found if first.at <= each.at <= first.last), key=lambda each: each.grain)


def _blank(token: re.Match[str]) -> str:
    return " " * len(token[0])


def _candidates(key: str) -> Iterator[tuple[int, Moment]]:
    for gate, layouts in _LAYOUTS:
        if not gate.search(key):
            continue
        for regex, names in layouts:
            for found in regex.finditer(key):
                if made := _moment(names, found.groups()):
                    yield found.start(), made


@lru_cache(1 << 12)
def _moment(names: _Names, texts: tuple[str | None, ...]) -> Moment | None:
    """The moment of a date's parts; many files are of one day."""
    parts = dict(zip(names, texts, strict=True))
    numbers = [int(parts["y"] or 0), _month(parts)]
    for name in "dHMS":
        if not (text := parts.get(name)):
            break
        numbers.append(int(text))
    try:
        return moment(numbers)
    except ValueError:
        return None


def _month(parts: dict[str, str | None]) -> int:
    name = parts.get("b")
    if not name:
        return int(parts["m"] or 0)
    return next(number for number, month in enumerate(MONTHS, 1) if month.startswith(name[:3]))
