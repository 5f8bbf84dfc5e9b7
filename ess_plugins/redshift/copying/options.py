"""``--copy-option NAME[=VALUE]`` and ``--options A B``: from an allow-list, each value checked."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ess_core.errors import UsageError
from ess_plugins.redshift.copying.formats import Format, date_format, time_format
from ess_plugins.redshift.copying.known import KNOWN, Known, Use, Value, is_known, known
from ess_plugins.redshift.sql.quoting import lit

_ATOM = re.compile(r"'(?:[^']|'')*'|[^\s']+|'")
_NUMBER = re.compile("[1-9][0-9]{0,17}")
_REGION = re.compile("[a-z]{2}(?:-[a-z]+)+-[0-9]+")
_WORDS = {"TRUE": "ON", "FALSE": "OFF"}


@dataclass(frozen=True, slots=True)
class Shaping:
    """What ess does to values before it stages them; each field is the option of COPY of that name.

    ``acceptinvchars`` and ``ignoreblanklines`` ask for what cleaning does for every file: its text is UTF-8,
    and blank lines are no rows.
    """

    truncatecolumns: bool = False
    blanksasnull: bool = False
    emptyasnull: bool = False
    trimblanks: bool = False
    null_as: str | None = None
    dateformat: Format | None = None
    timeformat: Format | None = None
    acceptanydate: bool = False
    acceptinvchars: str | None = None
    fillrecord: bool = False
    ignoreblanklines: bool = False
    roundec: bool = False


@dataclass(frozen=True, slots=True)
class Passed:
    """An option that COPY itself applies, with its value checked; ``str`` is what SQL has."""

    option: Known
    value: str

    def __str__(self) -> str:
        value = lit(self.value) if self.option.value is Value.REGION else self.value
        return f"{self.option.name} {value}"


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """What a user wants of a load beside what ess sets itself."""

    shaping: Shaping = Shaping()
    passed: tuple[Passed, ...] = ()

    @property
    def csv_only(self) -> list[str]:
        """The options that Parquet refuses; where there is one, CSV is to be staged."""
        return [one.option.name for one in self.passed if one.option.use is Use.CSV_ONLY]

    @property
    def sql(self) -> str:
        """The options that COPY applies, as SQL; empty where there is none."""
        return " ".join(map(str, self.passed))


def copy_options(named: Iterable[str], words: Iterable[str] = ()) -> CopyOptions:
    """What ``named``, each NAME or NAME=VALUE, and ``words``, as COPY has them in SQL, say together.

    A word is what a shell gives, or several of them in one. Values may be in single quotes. Raises UsageError
    for an option that is unknown, ess's own, given twice, without its value, or with a wrong one.
    """
    given: dict[Known, str] = {}
    for option, value in [*map(_named, named), *_from_words(words)]:
        if option in given:
            raise UsageError(f"COPY's {option.name} is given twice")
        given[option] = value
    passed = (Passed(option, value) for option, value in given.items() if option.use is not Use.SHAPES)
    order = {option: at for at, option in enumerate(KNOWN)}
    return CopyOptions(_shaping(given), tuple(sorted(passed, key=lambda one: order[one.option])))


def _named(text: str) -> tuple[Known, str]:
    name, equals, value = text.partition("=")
    option = known(name)
    return option, _checked(option, value if equals else None)


def _from_words(words: Iterable[str]) -> Iterator[tuple[Known, str]]:
    left = deque(words)
    while left:
        word = left.popleft()
        if is_known(word.partition("=")[0]) and "=" in word:
            yield _named(word)
        elif len(atoms := _ATOM.findall(word)) != 1:
            left.extendleft(reversed(atoms))
        else:
            option = known(word)
            yield option, _checked(option, _value(option, left))


def _value(option: Known, left: deque[str]) -> str | None:
    """Take the option's value from the words that are left; None where it has none."""
    if option.value is Value.NOTHING or not left:
        return None
    if left[0].upper() == "AS":
        left.popleft()
        return left.popleft() if left else None
    is_value = not is_known(left[0]) if option.default is None else _fits(option, left[0])
    return left.popleft() if is_value else None


def _fits(option: Known, word: str) -> bool:
    """Whether a word can be the value of an option that needs none."""
    try:
        _checked(option, word)
    except UsageError:
        return False
    return True


def _checked(option: Known, given: str | None) -> str:
    """The value as it is meant. Raises UsageError where the option takes no such value, or needs one."""
    if option.value is Value.NOTHING:
        if given is not None:
            raise UsageError(f"COPY's {option.name} takes no value, and {given!r} is one")
        return ""
    if given is None:
        if option.default is None:
            raise UsageError(
                f"COPY's {option.name} needs a value: {option.value.value}", f"{option.name}=VALUE"
            )
        return option.default
    value = _unquoted(given)
    value = _WORDS.get(value.upper(), value.upper()) if _is_word(option) else value
    if not _is_right(option, value):
        raise UsageError(f"COPY's {option.name} is {option.value.value}, and {given!r} is not")
    return value


def _is_right(option: Known, value: str) -> bool:
    match option.value:
        case Value.TEXT:
            return bool(lit(value))
        case Value.CHARACTER:
            return len(value) == 1 and value.isascii() and value != "\0"
        case Value.FORMAT:
            return bool(date_format(value) if option.name == "DATEFORMAT" else time_format(value))
        case Value.NUMBER:
            return bool(_NUMBER.fullmatch(value))
        case Value.REGION:
            return bool(_REGION.fullmatch(value))
        case Value.SWITCH:
            return value in ("ON", "OFF")
        case _:
            return value in ("ON", "OFF", "PRESET")


def _is_word(option: Known) -> bool:
    return option.value in (Value.SWITCH, Value.PRESET)


def _unquoted(value: str) -> str:
    """The text that a value in single quotes means; without them it is what it is."""
    is_quoted = len(value) > 1 and value[0] == value[-1] == "'"
    return value[1:-1].replace("''", "'") if is_quoted else value


def _shaping(given: dict[Known, str]) -> Shaping:
    values = {option.name: value for option, value in given.items()}
    date, time = values.get("DATEFORMAT"), values.get("TIMEFORMAT")
    return Shaping(
        truncatecolumns="TRUNCATECOLUMNS" in values,
        blanksasnull="BLANKSASNULL" in values,
        emptyasnull="EMPTYASNULL" in values,
        trimblanks="TRIMBLANKS" in values,
        null_as=values.get("NULL AS"),
        dateformat=None if date is None else date_format(date),
        timeformat=None if time is None else time_format(time),
        acceptanydate="ACCEPTANYDATE" in values,
        acceptinvchars=values.get("ACCEPTINVCHARS"),
        fillrecord="FILLRECORD" in values,
        ignoreblanklines="IGNOREBLANKLINES" in values,
        roundec="ROUNDEC" in values,
    )
