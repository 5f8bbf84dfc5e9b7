"""Whether the first row names the columns, and where it is."""

import re
from collections import Counter
from collections.abc import Sequence
from os.path import commonprefix

from ess_core.tables.coltypes import looks_typed

_FEW = 3
_NAME = re.compile(r"[^\W\d][\w .:/()%#$-]{0,62}|[#@][\w .-]+")
_WORDS = re.compile(
    r"(?:^|[\W_])(?:id|name|date|time|at|type|code|city|country|state|region|zip|price|amount|count|qty|quantity"
    r"|total|number|email|phone|user|value|title|status|key|ref|url|address|description|first|last|colou?r"
    r"|currency|note|text|comment|category|sku|uuid)s?(?:$|[\W_])",
    re.IGNORECASE,
)


def is_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """True where the first row is a header and not a row as those after it."""
    cells = [cell.strip() for cell in first]
    if not any(cells) or any(map(looks_typed, cells)):
        return False
    if not rest:
        return all(_NAME.fullmatch(cell) for cell in cells if cell)
    return sum(_vote(cell, [row[at].strip() for row in rest]) for at, cell in enumerate(cells)) > 0


def _vote(cell: str, column: Sequence[str]) -> float:
    """How much a cell is unlike its column: above 0 as a header is, below 0 as a value is."""
    values = [value for value in column if value]
    if not cell or not values:
        return 1 if cell and len(column) >= _FEW else 0
    typed = sum(map(looks_typed, values)) / len(values)
    if typed > 0.8:
        return 3
    if cell in values:
        return -2
    named = 1.0 if _names(_own(cell, values)) else 0.0
    seen = Counter(values)
    if len(values) > 5 and len(seen) * 3 < len(values):
        return 1 + named  # the column has the same few values again and again, and this is none of them
    lengths = {len(value) for value in values}
    return named + (0.5 if len(lengths) == 1 and len(cell) not in lengths else -0.25)


def _own(cell: str, values: Sequence[str]) -> str:
    """The cell without a name that all values begin with too, as ``id=1`` and ``id=2`` do."""
    shared = commonprefix(values)  # noqa: RUF071 - of letters, as is meant
    return cell.removeprefix(shared) or cell if _names(shared) else cell


def _names(cell: str) -> bool:
    """True where it has a word that columns are named by, also in camelCase."""
    return bool(_WORDS.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cell)))


def column_names(cells: Sequence[str]) -> list[str]:
    """A name for each column, no two alike but for case; what has none is ``column1`` and so on."""
    names: list[str] = []
    seen: set[str] = set()
    for number, cell in enumerate(cells, 1):
        wanted = " ".join(cell.strip().removeprefix("\ufeff").lstrip("# ").split()) or f"column{number}"
        name, again = wanted, 2
        while name.lower() in seen:
            name, again = f"{wanted}_{again}", again + 1
        seen.add(name.lower())
        names.append(name)
    return names
