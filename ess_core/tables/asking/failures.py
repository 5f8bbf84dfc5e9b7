"""What DuckDB says is wrong, in a line: its reason, and where in the user's own SQL."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ess_core.errors import EssError, UsageError
from ess_core.interrupts import deferred
from ess_core.tables.asking.names import dotted, meant, same
from ess_core.tables.asking.places import place
from ess_core.tables.asking.rewriting import Rewritten

_LONGEST = 300  # characters of a reason
_USAGE = {"Parser", "Syntax", "Binder", "Catalog", "Permission", "Not implemented", "Invalid Input"}

_NO_ROOM = ("max_temp_directory_size", "No space left on device")
_NO_ROOM_HINT = "--memory keeps more of it in memory, ESS_HOME may be on a larger disk"


@contextmanager
def explained(query: Rewritten, memory_mb: int, shift: int = 0) -> Iterator[None]:
    """Raise EssError for what DuckDB raises; ``shift`` bytes were put in front of the query."""
    with deferred():  # a signal while it is imported may abort the process
        import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise _error(_record(error), query, memory_mb, shift) from error


def _record(error: Exception) -> dict[str, Any]:
    """What DuckDB says as JSON behind the kind of the error."""
    kind, _, body = str(error).partition(": ")
    try:
        found = json.loads(body)
    except ValueError:
        return {"exception_type": kind.removesuffix(" Error"), "exception_message": body or kind}
    assert isinstance(found, dict), "it is an object"
    return found


def _error(record: dict[str, Any], query: Rewritten, memory_mb: int, shift: int) -> EssError:
    kind, said = record["exception_type"], record["exception_message"]
    reason, _, more = said.partition("\n")
    if any(sign in said for sign in _NO_ROOM):
        return EssError("the query failed: the disk has no room for what memory has not", _NO_ROOM_HINT)
    if kind == "Out of Memory":
        return EssError(
            f"the query needs more than the {memory_mb} MB of memory that it may take",
            "--memory lets it have more, fewer --threads need less",
        )
    if kind == "Permission":
        return UsageError(
            f"the query may not do this: {_short(reason)}",
            "it reads categories alone, named as they are or in double quotes",
        )
    at = record.get("position")
    at = None if at is None else query.original_at(int(at) - shift)
    where = "" if at is None else f" at {place(query.original, at)}"
    if kind == "Catalog" and record.get("type") == "Table":
        name = record.get("name", "")
        return _no_table(where, name, name if at is None else dotted(query.original, at) or name)
    if kind in _USAGE:
        return UsageError(f"the query is wrong{where}: {_short(reason)}", _hint(more))
    return EssError(f"the query failed{where}: {_short(reason)}", _hint(more))


def _no_table(where: str, name: str, written: str) -> EssError:
    """``written`` is the name as the user has it, maybe with that of a schema in front."""
    if written != name and (known := same(name)):
        return UsageError(
            f"the query is wrong{where}: {written!r} is a table of a schema, and categories are in none",
            f"write {known}",
        )
    hint = meant(written) or meant(name) or "`ess category list` shows the categories"
    return UsageError(f"the query is wrong{where}: there is no category {written!r}", hint)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _hint(more: str) -> str:
    """What DuckDB proposes instead; empty where it only tells more of the same."""
    proposed = " ".join(more.split())
    return _short(proposed) if proposed.startswith(("Candidate bindings", "Did you mean")) else ""
