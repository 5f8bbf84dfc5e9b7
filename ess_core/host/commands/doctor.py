"""Is everything in order?"""

from argparse import Namespace
from collections.abc import Iterable, Iterator

from ess_core.errors import EssError
from ess_core.host.command import Lister
from ess_core.host.escape import one_line
from ess_core.host.isolation import BrokenError, attempt
from ess_core.registry import REGISTRY, Entry, Kind, resolve

Row = tuple[str, str, str]


class Doctor(Lister):
    """Run every plugin's checks and say what is wrong."""

    default_format = "text"
    columns = ("status", "check", "detail")

    def take_action(self, _args: Namespace) -> tuple[tuple[str, ...], Iterable[Row]]:
        """One row a check."""
        return self.columns, self._rows()

    def _rows(self) -> Iterator[Row]:
        failed = 0
        entries = list(REGISTRY.of(Kind.CHECK))
        for entry in entries:
            row = self._row(entry)
            failed += row[0] != "ok"
            yield row
        if failed:
            raise EssError(f"{failed} of {len(entries)} checks failed")

    def _row(self, entry: Entry) -> Row:
        try:
            detail = attempt(lambda: resolve(entry)(self.conf))
        except BrokenError as error:
            cause = error.__cause__
            hint = cause.hint if isinstance(cause, EssError) else ""
            reason = cause.message if isinstance(cause, EssError) else error.message
            return "failed", entry.name, "; ".join(filter(None, (one_line(reason), hint)))
        return "ok", entry.name, one_line(str(detail or ""))
