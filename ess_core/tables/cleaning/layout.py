"""Which cell of a line is which column: as in the recipe, or by the header of a file that is different."""

from collections.abc import Sequence
from dataclasses import dataclass

from ess_core.tables.columnspec import ColumnType
from ess_core.tables.parts import Recipe
from ess_core.tables.reading.starts import folded


@dataclass(frozen=True, slots=True)
class Layout:
    """``places`` has the cell of each column of the recipe, None where the file has no such column.

    ``width`` is how many cells a line has, ``header`` are those of the header, ``note`` says what is
    different from the recipe.
    """

    places: tuple[int | None, ...]
    width: int
    header: tuple[str, ...] = ()
    note: str = ""


def layout(recipe: Recipe, header: Sequence[str]) -> Layout:
    """The columns by their names in ``header``, or by their order where it is none or the usual one."""
    columns, names = recipe.columns.columns, recipe.dialect.names
    found, wanted = folded(header), folded(names)
    if not header or found == wanted or len(names) != len(columns):
        return Layout(tuple(range(len(columns))), len(columns), tuple(header))
    places = tuple(found.index(name) if name in found else None for name in wanted)
    missing = [
        name
        for name, place, column in zip(names, places, columns, strict=True)
        if place is None and column.type is not ColumnType.SKIP
    ]
    added = [cell for cell, name in zip(header, found, strict=True) if name not in wanted]
    return Layout(places, len(header), tuple(header), _note(missing, added))


def _note(missing: Sequence[str], added: Sequence[str]) -> str:
    notes = [f"without {', '.join(missing)}"] * bool(missing) + [f"with {', '.join(added)}"] * bool(added)
    return "; ".join(notes) or "columns in another order"
