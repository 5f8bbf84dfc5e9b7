"""What files of a category are, when they are cleaned."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ess_core.files import File
from ess_core.files.dates import Moment
from ess_core.nodes.shipping import Left
from ess_core.tables.cache.workspace import Workspace
from ess_core.tables.categories.model import Category
from ess_core.tables.parts import CleanTask, Part


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A file and its parts; ``damage`` is empty, or why these are not all that should be in it, or none.

    ``task`` is what makes these parts. ``use`` is what came of a use that followed the cleaning, else None.
    """

    file: File
    moment: Moment | None
    parts: tuple[Part, ...]
    task: CleanTask
    damage: str = ""
    use: Left | None = None


@dataclass(frozen=True)
class Prepared:
    """The files of a range in the category's order, as Parquet in a private folder of this process.

    ``cached`` is how many of them the cache had; ``archived`` is how many more there are that were not
    read, as their storage class does not allow it. Where it is not whole, more rows than may be are
    rejected in these, and others were not cleaned any more.
    """

    category: Category
    files: tuple[PreparedFile, ...]
    work: Workspace
    cached: int = 0
    archived: int = 0
    is_whole: bool = True

    @property
    def parts(self) -> Iterator[Part]:
        """The parts of all files, in order."""
        return (part for one in self.files for part in one.parts)

    @property
    def paths(self) -> list[str]:
        """The Parquet files of all rows, in order."""
        return [path for part in self.parts for path in part.paths]

    @cached_property
    def rows_read(self) -> int:
        """How many rows there are, good ones and others."""
        return sum(part.rows_read for part in self.parts)

    @cached_property
    def rows_kept(self) -> int:
        """How many of them are in the Parquet files."""
        return sum(part.rows_kept for part in self.parts)

    @cached_property
    def rows_rejected(self) -> int:
        """How many are not."""
        return sum(part.rows_rejected for part in self.parts)

    @property
    def problems(self) -> list[str]:
        """A line for each file of which rows are missing; where there is one, the exit code is to be 3."""
        return [one.damage for one in self.files if one.damage]
