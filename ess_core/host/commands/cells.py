"""Cells that a person reads in words and a script as a plain number."""

from collections.abc import Sequence
from datetime import timedelta

from cliff.columns import FormattableColumn

from ess_core.files.sizes import size_text
from ess_core.nodes.figures import Usage


class Lines(FormattableColumn[Sequence[str]]):
    """Several things, one below the other; a list for a script."""

    def human_readable(self) -> str:
        """A line each."""
        return "\n".join(self._value)

    def machine_readable(self) -> Sequence[str]:
        """All of them."""
        return self._value


class Share(FormattableColumn[Usage]):
    """How much of something is used: ``31% of 3.8 GiB``, or 0.31 for a script."""

    def human_readable(self) -> str:
        """The percentage, and of how much."""
        return f"{self._value.share:.0%} of {size_text(self._value.total_bytes)}"

    def machine_readable(self) -> float:  # type: ignore[override]  # cliff wants the value's own type
        """The used part, 0 to 1."""
        return round(self._value.share, 3)


class Padded(FormattableColumn[str]):
    """A word as wide as the widest of its column, where rows are shown before all are known."""

    def __init__(self, word: str, width: int) -> None:
        super().__init__(word)
        self._width = width

    def human_readable(self) -> str:
        """The word and blanks."""
        return self._value.ljust(self._width)


class Size(FormattableColumn[int]):
    """A number of bytes: ``3.8 GiB``, or the number itself for a script."""

    def human_readable(self) -> str:
        """In the largest unit that leaves a number above one."""
        return size_text(self._value)

    def machine_readable(self) -> int:
        """Bytes."""
        return self._value


class Span(FormattableColumn[int]):
    """A span of time: ``3 days, 4:05:06``, or seconds for a script."""

    def human_readable(self) -> str:
        """Days, hours, minutes and seconds."""
        return str(timedelta(seconds=self._value))

    def machine_readable(self) -> int:
        """Seconds."""
        return self._value
