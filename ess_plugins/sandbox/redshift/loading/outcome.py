"""What a load found: columns to fill, rows that are no good, whose the others are; what an unload wrote."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """A column of the table; ``type`` is PostgreSQL's name, ``most_bytes`` is 0 where it has no limit."""

    name: str
    type: str
    most_bytes: int
    not_null: bool
    table_id: int

    @property
    def is_text(self) -> bool:
        """Whether it holds text."""
        return self.type in ("character varying", "character")


class BadValueError(Exception):
    """A row is refused, for a reason with one of Redshift's numbers.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_Load_Error_Reference.html
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class BadRow:
    """A refused row: its line in the file (from 1), the column, and the value."""

    file: str
    line: int
    column: Target | None
    raw: str
    value: str
    code: int
    reason: str


@dataclass(frozen=True)
class FileCount:
    """How many lines a file has, and how many of them were refused."""

    file: str
    lines: int
    refused: int


@dataclass(frozen=True)
class UnloadedFile:
    """A file that an UNLOAD wrote; ``format`` as the system tables say it: ``CSV``, ``Parquet``, ``Text``."""

    url: str
    rows: int
    size_bytes: int
    format: str


@dataclass(frozen=True)
class Origin:
    """Rows ``first`` to ``last`` of all are of ``file``, at ``lines``; without these, rows are lines."""

    last: int
    file: str
    first: int
    lines: list[int] | None

    def line(self, row: int) -> int:
        """The line of a row."""
        return self.lines[row - self.first] if self.lines else row - self.first + 1


@dataclass
class Tally:
    """What a load has found so far; rows count from 1, whatever file they are of."""

    rows: int = 0
    bad: list[BadRow] = field(default_factory=list)
    counts: list[FileCount] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)

    def add(self, file: str, rows: int, lines: list[int] | None = None, refused: int = 0) -> None:
        """Note what a file has given."""
        self.origins.append(Origin(self.rows + rows, file, self.rows + 1, lines))
        self.counts.append(FileCount(file, rows + refused, refused))
        self.rows += rows

    def origin(self, row: int) -> Origin | None:
        """Where a row comes from."""
        return next((origin for origin in self.origins if row <= origin.last), None)


class TooManyError(Exception):
    """More rows were refused than MAXERROR lets pass."""
