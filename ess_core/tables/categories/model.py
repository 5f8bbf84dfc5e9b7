"""What a category is: files of a datastore by patterns, with their dates, their format and their columns."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ess_core.errors import UsageError
from ess_core.files import File
from ess_core.files.compression import AUTO, Compression, forced
from ess_core.files.dates import Moment, date_format
from ess_core.files.globs import select
from ess_core.tables.columnspec import ColumnSpec
from ess_core.tables.dialect import Dialect
from ess_core.tables.extraction import Extraction
from ess_core.tables.parts import Recipe

NAME = r"[A-Za-z_][A-Za-z0-9_.-]{0,127}"
"""The names of categories, as a regular expression."""

COMPRESSIONS = (AUTO, *(one.value for one in Compression))
"""What ``compression`` can be; ``none`` takes the bytes as they are."""

ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose files cannot be read before they are restored."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category, and what the last scan of its files found.

    ``name`` is unique in the datastore ``url``, whose label was ``label`` when it was added. ``patterns`` and
    ``excluded`` are globs over keys. ``dateregex`` is ``auto``, ``none`` or a regex with classes;
    ``members`` a pattern for the names in archives, empty for all; ``compression`` one of COMPRESSIONS;
    ``preprocess`` a shell command that each file goes through, or empty. ``dialect`` and ``columns`` are None
    where nothing is known of them. ``usecache`` trusts the stored list of files.

    ``files`` and ``size_bytes`` are those of the last scan, at ``scanned_at`` (None: there was none);
    ``archived`` is how many of the files are in a storage class of ARCHIVED; ``first`` and ``last`` are the
    earliest and the latest date among them, in UTC where names have a time zone.
    """

    name: str
    url: str
    label: str
    patterns: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    dateregex: str = AUTO
    members: str = ""
    compression: str = AUTO
    preprocess: str = ""
    dialect: Dialect | None = None
    columns: ColumnSpec | None = None
    pkey: str = ""
    comment: str = ""
    usecache: bool = False
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    files: int = 0
    size_bytes: int = 0
    archived: int = 0
    first: Moment | None = None
    last: Moment | None = None
    scanned_at: datetime | None = None

    @property
    def extraction(self) -> Extraction:
        """How a file becomes text."""
        return Extraction(self.members or "*", self.compression, self.preprocess)

    @property
    def recipe(self) -> Recipe:
        """How a file becomes a table. Raises UsageError where its dialect or its columns are not known."""
        if self.dialect and self.columns:
            return Recipe(self.dialect, self.columns)
        unknown = "columns" if self.dialect else "format and columns"
        raise UsageError(
            f"nothing is known of the {unknown} of category {self.name}",
            f"ess category change {self.name} columnspec '…' says it, ess probe shows what a file has",
        )


@dataclass(frozen=True, slots=True)
class CategoryFile:
    """A file of a category; ``moment`` is the date in its name, or None."""

    file: File
    moment: Moment | None = None

    @property
    def is_archived(self) -> bool:
        """True where it cannot be read before it is restored."""
        return self.file.storage_class in ARCHIVED


def checked(category: Category) -> Category:
    """The category, compression by its usual name. Raises UsageError where a property cannot be."""
    check_name(category.name)
    if not category.patterns or "" in category.patterns:
        raise UsageError(f"category {category.name} has no pattern, or an empty one", "'**' is every file")
    select(category.patterns, category.excluded)
    date_format(category.dateregex)
    _check_columns(category)
    kind = forced(category.compression)
    return replace(category, compression=kind.value if kind else AUTO)


def check_name(name: str) -> None:
    """Raise UsageError where a category cannot be called so."""
    if not re.fullmatch(NAME, name):
        raise UsageError(
            f"{name!r} can be no name of a category",
            "it has letters, digits and _ - . only, 128 at most, and begins with a letter or _",
        )


def _check_columns(category: Category) -> None:
    """The columns fit the lines, and the key is one of those that are kept."""
    if not category.columns:
        return
    if category.dialect:
        _ = category.recipe
    names = [column.name for column in category.columns.kept]
    if category.pkey and category.pkey.lower() not in (name.lower() for name in names):
        raise UsageError(
            f"there is no column {category.pkey!r} to be the key",
            f"the columns are: {', '.join(names) or 'none'}",
        )
