"""What is known of one category, for a person: its facts in words, its columns, its days."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ess_core.files.dates import AUTO, Grain, Moment
from ess_core.files.sizes import size_text
from ess_core.phrases import count, local_time
from ess_core.tables.categories import Category, Tally
from ess_core.tables.dialect import Shape
from ess_plugins.data.days import Day, Days
from ess_plugins.data.days import days as in_order
from ess_plugins.data.formats import format_text


@dataclass(frozen=True)
class Report:
    """A category and its files by their dates."""

    category: Category
    tallies: list[Tally]

    @cached_property
    def days(self) -> Days | None:
        """The days that have files; None where no file has a date."""
        return in_order(_day(tally, tally.moment) for tally in self.tallies if tally.moment)

    @property
    def all_days(self) -> tuple[Day, ...]:
        """Each day that has files."""
        return self.days.days if self.days else ()

    @property
    def undated(self) -> int:
        """How many files have no date."""
        return sum(tally.files for tally in self.tallies if not tally.moment)

    def facts(self) -> Iterator[tuple[str, str]]:
        """Each with its name; only what there is to say."""
        yield from self.files()
        yield from self._found_by()
        yield from self._read_as()
        if self.category.comment:
            yield "comment", self.category.comment

    def files(self) -> Iterator[tuple[str, str]]:
        """How many files there are, of what dates, as of when."""
        category = self.category
        yield "files", f"{category.files:,}, {size_text(category.size_bytes)}"
        if category.archived:
            yield "archived", f"{count(category.archived, 'file')}, not read before a restore"
        yield "dates", self.dates_text
        if self.undated and self.days:
            yield "without date", count(self.undated, "file")
        yield "last scan", local_time(category.scanned_at) if category.scanned_at else "never"

    @property
    def dates_text(self) -> str:
        """From when to when, and how much of that has files."""
        days = self.days
        if not days:
            return "none"
        if days.span == 1:
            return str(days.first)
        text = f"{days.first} to {days.last}, {days.covered:,} of {days.span:,} days"
        return f"{text}, {count(len(days.gaps), 'gap') if days.gaps else 'no gaps'}"

    @property
    def no_dates_text(self) -> str:
        """Why there is no calendar."""
        category = self.category
        if not category.files:
            return "no files"
        none = f"none of {count(category.files, 'file')} has a date in its name"
        return f"{none} (dateregex {category.dateregex})"

    def _found_by(self) -> Iterator[tuple[str, str]]:
        category = self.category
        yield "datastore", category.url
        yield "patterns", "\n".join(category.patterns)
        if category.excluded:
            yield "except", "\n".join(category.excluded)
        yield "date in names", category.dateregex
        if category.usecache:
            yield "file list", "as stored: it is not listed again when it is used"

    def _read_as(self) -> Iterator[tuple[str, str]]:
        category = self.category
        by_bytes = category.compression == AUTO
        yield "compression", "by the bytes of each file" if by_bytes else category.compression
        if category.members:
            yield "in archives", category.members
        if category.preprocess:
            yield "preprocess", category.preprocess
        yield "format", format_text(category.dialect) if category.dialect else "not known"
        if category.dialect and category.dialect.shape is not Shape.PARQUET:
            yield "encoding", category.dialect.encoding
        if category.pkey:
            yield "key", category.pkey


def _day(tally: Tally, moment: Moment) -> Day:
    through = moment.last.date() if moment.grain < Grain.DAY else None
    return Day(moment.at.date(), tally.files, tally.size_bytes, through)
