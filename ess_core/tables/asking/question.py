"""A question: a query, and the categories that it names."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ess_core.errors import UsageError
from ess_core.files.dates import Range
from ess_core.tables import categories
from ess_core.tables.asking.names import meant
from ess_core.tables.asking.places import wrong
from ess_core.tables.asking.references import Reference, references
from ess_core.tables.asking.rewriting import Rewritten, rewritten
from ess_core.tables.asking.statement import body
from ess_core.tables.categories import Category
from ess_core.tables.parquet import reader
from ess_core.tables.sqltext import identifier


@dataclass(frozen=True, slots=True)
class Table:
    """A category and a range of it: a view called ``name`` in ``schema``."""

    category: Category
    within: Range
    schema: str

    @property
    def sql(self) -> str:
        """Its name as SQL has it."""
        return f"{identifier(self.schema)}.{identifier(self.category.name)}"

    @property
    def nulls(self) -> str:
        """A query for one row of its columns, all of it null."""
        nulls = (f"null::{kind} as {identifier(name)}" for name, kind in self.category.recipe.table.items())
        return f"select {', '.join(nulls)}"

    def __str__(self) -> str:
        return self.category.name if self.within.is_open else f"{self.category.name}:{self.schema}"

    def view(self, files: Sequence[str]) -> tuple[str, str]:
        """The statements that make the view of Parquet files; without any it is empty."""
        query = f"{self.nulls} where false"
        if files:
            names = ", ".join(map(identifier, self.category.recipe.table))
            query = f"select {names} from {reader(*files)}"
        return f"create schema if not exists {identifier(self.schema)}", f"create view {self.sql} as {query}"


@dataclass(frozen=True)
class Question:
    """A query with categories' names in it, and the tables that these are."""

    query: Rewritten
    tables: tuple[Table, ...]

    @cached_property
    def sql(self) -> str:
        """What DuckDB is asked."""
        return body(self.query.text)


def asked(sql: str, url: str = "", *, only: bool = False) -> Question:
    """The question of a query; a category is looked for in the datastore ``url`` first, or in that ``only``.

    Raises UsageError, which says where, for a range that is none, for a category that is not known or whose
    columns are not, and for text that is no UTF-8.
    """
    try:
        sql.encode()
    except UnicodeEncodeError as error:
        raise wrong(sql, error.start, "it is no UTF-8") from error
    known = {one.name.lower() for one in categories.known(url if only else "")}
    tables: list[Table] = []
    edits: list[tuple[Reference, str]] = []
    for one in references(sql):
        if one.within is None and one.name.lower() not in known:
            continue  # of DuckDB's own, or nothing; it says so
        table = _table(_category(sql, one, url, only), one.within or Range(), tables)
        if table not in tables:
            tables.append(table)
        edits.append((one, table.sql))
    return Question(rewritten(sql, edits), tuple(tables))


def _category(sql: str, one: Reference, url: str, only: bool) -> Category:
    try:
        category = categories.find(one.name, url, only=only)
        _ = category.recipe
    except UsageError as error:
        raise wrong(sql, one.start, error.message, meant(one.name) or error.hint) from error
    return category


def _table(category: Category, within: Range, others: Sequence[Table]) -> Table:
    """The table; to DuckDB, categories whose names differ in case alone would be one."""
    name, schema = category.name, f"{within.start or '*'}:{within.stop or '*'}"
    alike = {one.category.name for one in others if one.category.name.lower() == name.lower()}
    return Table(category, within, f"{schema} {name}" if alike - {name} else schema)
