"""A query with the names of categories replaced, and where each byte of it was before."""

from collections.abc import Sequence
from dataclasses import dataclass

from ess_core.tables.asking.references import Reference


@dataclass(frozen=True, slots=True)
class Rewritten:
    """``text`` is what ``original`` became; ``edits`` are the references and what each became, in order."""

    original: str
    text: str
    edits: tuple[tuple[Reference, str], ...] = ()

    def original_at(self, byte: int) -> int:
        """The character of the original for a byte of ``text``, as DuckDB counts; a table's is its first."""
        at = len(self.text.encode()[: max(byte, 0)].decode(errors="ignore"))
        moved = 0
        for one, became in self.edits:
            start = one.start + moved
            if at < start:
                break
            if at < start + len(became):
                return one.start
            moved += len(became) - (one.end - one.start)
        return min(at - moved, len(self.original))


def rewritten(sql: str, edits: Sequence[tuple[Reference, str]]) -> Rewritten:
    """The SQL with each reference replaced by its text; all else is as it was."""
    pieces, at = [], 0
    for one, becomes in edits:
        pieces += [sql[at : one.start], becomes]
        at = one.end
    return Rewritten(sql, "".join([*pieces, sql[at:]]), tuple(edits))
