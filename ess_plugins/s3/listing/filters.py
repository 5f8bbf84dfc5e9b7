"""Which of the listed rows are wanted; applied by the workers, so that what is not is never kept."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ess_plugins.s3.listing.page import KEY, LAST_MODIFIED, Row

_SECONDS = len("2014-01-31T23:59:59")


@dataclass(frozen=True)
class Filter:
    """``keys`` matches the wanted ones; ``since`` and ``until`` are the first and last time of modification.

    ``dated`` says of a key whether the date in its name is wanted. A common prefix has no time and passes.
    """

    keys: re.Pattern[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    dated: Callable[[str], bool] | None = None

    def __call__(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The wanted ones."""
        if self.keys:
            match = self.keys.match
            rows = [row for row in rows if match(row[KEY])]
        if self.since:
            first = _text(self.since)
            rows = [row for row in rows if not row[LAST_MODIFIED] or row[LAST_MODIFIED][:_SECONDS] >= first]
        if self.until:
            last = _text(self.until)
            rows = [row for row in rows if not row[LAST_MODIFIED] or row[LAST_MODIFIED][:_SECONDS] <= last]
        if self.dated:
            dated = self.dated
            rows = [row for row in rows if not row[LAST_MODIFIED] or dated(row[KEY])]
        return rows


def _text(moment: datetime) -> str:
    """A moment as S3 begins to write it: such texts are in the order of time."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
