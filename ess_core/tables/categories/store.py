"""Where categories are kept: added, changed, found, and the files of each."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ess_core.errors import NothingMatchedError, UsageError
from ess_core.files import Datastore, File, selected
from ess_core.files.dates import Moment, Range
from ess_core.tables.categories import database as db
from ess_core.tables.categories import settings
from ess_core.tables.categories.codes import DAY_US, GRAIN_BITS, at_us, decoded
from ess_core.tables.categories.comparing import SAMPLES, Changes, Watch
from ess_core.tables.categories.database import DATABASE
from ess_core.tables.categories.model import Category, CategoryFile, checked

_LONGEST_US = 366 * DAY_US  # that a moment lasts
_SHOWN = 10  # of the names there are


@dataclass(frozen=True, slots=True)
class Tally:
    """The files of one day, or of a month or year that no name says more of; None for those without date."""

    moment: Moment | None
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ScanDone:
    """What a scan found: how many files were new, other than before, and gone; and all of them now."""

    added: int
    changed: int
    gone: int
    files: int
    size_bytes: int


def known(url: str = "") -> list[Category]:
    """All categories, or those of one datastore, by name."""
    with DATABASE.reading() as database:
        where = ("url = ?", url) if url else ()
        return [category for _, category in db.categories(database, *where)]


def named(name: str, label: str = "", option: str = "--label") -> Category:
    """The category of that name: of the datastore of a label; without it, of the active one or any other.

    ``option`` is what chooses a datastore. Raises UsageError where there is none, or several.
    """
    if label:
        return find(name, selected.find(label).url, only=True)
    active = next((one.url for one in selected.known() if one.is_active), "")
    return find(name, active, option=option)


def find(name: str, url: str = "", *, only: bool = False, option: str = "--label") -> Category:
    """The category of that name in the datastore ``url``, else the only one elsewhere, unless ``only``.

    The case of letters does not matter where no other name differs in it alone. Raises UsageError where
    there is none, or several, which ``option`` tells apart.
    """
    same = [one for one in known() if one.name.lower() == name.lower()]
    for place in ([one for one in same if one.url == url], [] if only else same):
        found = [one for one in place if one.name == name] or place
        if len(found) == 1:
            return found[0]
        if found:
            how = option if len({one.url for one in found}) > 1 else "the case of its letters"
            hint = f"there are: {_named(found)}; {how} chooses"
            raise UsageError(f"{name!r} may be any of several categories", hint)
    there = known(url if only else "")
    raise UsageError(
        f"there is no category {name!r}" + (f" in {url}" if only else ""),
        f"there are: {_named(there)}" if there else "`ess category add NAME PATTERN` makes one",
    )


def compare(category: Category, store: Datastore, watch: Watch = iter) -> Changes:
    """List the files of a category, which may not be kept yet, beside those stored for its name.

    Raises as listing does; what could not be read is in the answer.
    """
    return Changes(category, store, watch)


def add(category: Category, found: Changes | None = None, *, overwrite: bool = False) -> Category:
    """Keep a category with the files that were found. Raises UsageError where it cannot be, or is there."""
    with _writing(found) as database:
        return _add(database, checked(category), found, overwrite)


def add_all(categories: Iterable[Category], *, overwrite: bool = False) -> list[Category]:
    """Keep categories without files, all or none."""
    with DATABASE.writing() as database:
        return [_add(database, checked(category), None, overwrite) for category in categories]


def check_new(category: Category) -> None:
    """Raise UsageError where its datastore has a category of that name."""
    with DATABASE.reading() as database:
        _check_new(database, category)


def change(category: Category, said: Mapping[str, Any], found: Changes | None = None) -> Category:
    """Let a category have other settings, also ``name``, and the files that were found with those.

    What others changed meanwhile stays. Raises UsageError where a setting cannot be.
    """
    with _writing(found) as database:
        number = _number(database, category)
        current = _read(database, number)
        changed = checked(settings.applied(current, dict(said)))
        if changed.name != current.name:
            _check_new(database, changed)
        db.update(database, number, changed)
        if found:
            _apply(database, number, found)
        return _read(database, number)


def copy(category: Category, name: str) -> Category:
    """The same category under another name too. Raises UsageError where that is taken or cannot be."""
    with DATABASE.writing() as database:
        number = _number(database, category)
        copied = checked(replace(_read(database, number), name=name, created_at=datetime.now(UTC)))
        _check_new(database, copied)
        return _read(database, db.copy(database, number, copied))


def delete(category: Category) -> None:
    """Forget a category; its files stay where they are."""
    with DATABASE.writing() as database:
        db.delete(database, _number(database, category))


def scan(category: Category, store: Datastore, watch: Watch = iter) -> ScanDone:
    """Bring the list of a category's files up to date; what is as before is not written again.

    Raises UnreadableError at the end where some could not be listed: the rest is stored, and none is gone.
    """
    with compare(category, store, watch) as found:
        with _writing(found) as database:
            _apply(database, _number(database, category), found)
        if found.unread:
            raise found.unread
        return ScanDone(found.added, found.changed, found.gone, found.files, found.size_bytes)


def fresh(category: Category, store: Datastore, watch: Watch = iter, *, usecache: bool = False) -> Category:
    """The category after a scan; without one where there is a stored list, and it is to be trusted."""
    if category.scanned_at and (usecache or category.usecache):
        return category
    scan(category, store, watch)
    return find(category.name, category.url, only=True)


def files(category: Category, within: Range = Range()) -> Iterator[CategoryFile]:  # noqa: B008 - frozen
    """The stored files whose date is in the range, by date and key; those without a date come first.

    It is the state of one moment, whatever others write meanwhile; memory does not grow with the number.
    """
    with DATABASE.reading() as database:
        for row in db.by_moment(database, _number(database, category), *_numbers(within)):
            found = db.category_file(row)
            if within.is_open or within.covers(found.moment):
                yield found


def samples(category: Category) -> list[File]:
    """The first of the stored files that have bytes and can be read, to look into one of them."""
    with DATABASE.reading() as database:
        found = db.readable(database, _number(database, category), SAMPLES)
        return [db.category_file(row).file for row in found]


def days(category: Category) -> list[Tally]:
    """How many files and bytes there are of each day, in their order; days are those of UTC."""
    with DATABASE.reading() as database:
        return [
            Tally(decoded(None if day is None else day * DAY_US << GRAIN_BITS | grain), count, size)
            for day, grain, count, size in db.by_day(database, _number(database, category))
        ]


def _writing(found: Changes | None) -> AbstractContextManager[sqlite3.Connection]:
    """A transaction in which what was found can be stored."""
    return DATABASE.writing(found.database if found else None)


def _numbers(within: Range) -> tuple[int | None, int | None]:
    """From which number on and up to which the moments are that may be in a range; None is open."""
    start = stop = None
    if within.start:
        start = (at_us(within.start.at) - _LONGEST_US) << GRAIN_BITS
    if within.stop:
        stop = (at_us(within.stop.last) + 1) << GRAIN_BITS
    return start, stop


def _add(
    database: sqlite3.Connection, category: Category, found: Changes | None, overwrite: bool
) -> Category:
    number = db.numbered(database, category.url, category.name)
    if number is not None and not overwrite:
        raise _taken(category)
    if number is not None and not found:
        db.delete(database, number)
        number = None
    if number is None:
        number = db.insert(database, category)
    else:
        db.update(database, number, category)
    if found:
        _apply(database, number, found)
    return _read(database, number)


def _apply(database: sqlite3.Connection, number: int, found: Changes) -> None:
    """Store what was found; nothing is written for a file that is as it was."""
    found.apply(number)
    if found.added or found.changed or found.gone:
        db.count_anew(database, number)
    db.scanned(database, number, datetime.now(UTC))


def _number(database: sqlite3.Connection, category: Category) -> int:
    number = db.numbered(database, category.url, category.name)
    if number is None:
        raise NothingMatchedError(f"there is no category {category.name!r} in {category.url} any more")
    return number


def _read(database: sqlite3.Connection, number: int) -> Category:
    [(_, category)] = db.categories(database, "id = ?", number)
    return category


def _check_new(database: sqlite3.Connection, category: Category) -> None:
    if db.numbered(database, category.url, category.name) is not None:
        raise _taken(category)


def _taken(category: Category) -> UsageError:
    return UsageError(
        f"there is a category {category.name} in {category.url} already",
        f"`ess category delete {category.name}` frees the name, `add` with --overwrite replaces it",
    )


def _named(categories: list[Category]) -> str:
    names = [f"{one.name} in {one.url}" for one in categories[:_SHOWN]]
    more = f" and {len(categories) - _SHOWN} more" if len(categories) > _SHOWN else ""
    return ", ".join(names) + more
