"""The rows that a command writes of a file, in place of the file's own."""

from dataclasses import dataclass, replace

from ess_core.errors import UsageError
from ess_core.tables.categories.model import Category
from ess_core.tables.extraction import Extraction
from ess_core.tables.parts import Recipe


@dataclass(frozen=True, slots=True)
class Through:
    """A shell command that the text of each file goes through, and how what it writes becomes a table.

    It is told of the category's columns. Where it fails, the file cannot be used.
    """

    command: str
    recipe: Recipe

    def __post_init__(self) -> None:
        if not self.command.strip():
            raise UsageError("the command is empty")

    def extraction(self, category: Category) -> Extraction:
        """How a file of the category becomes that text."""
        return replace(category.extraction, command=self.command, columns=str(category.columns or ""))
