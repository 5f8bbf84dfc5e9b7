"""How far long work is: bars on a terminal, a line now and then elsewhere; always on stderr."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from ess_core.host.secrets import safe

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from ess_core.host.base import BaseCommand

LINE_EVERY_S = 10.0
PATIENCE_S = 2.0
"""How long work may take before anything is said of it."""

ITEMS = 1000
"""How many of them pass between two looks at the clock."""

T = TypeVar("T")


class Progress:
    """What a command hands to domain code that reports; use it in a ``with`` block, silent with ``-q``."""

    def __init__(self, command: "BaseCommand") -> None:
        self._command = command
        stderr = command.app.stderr
        self._has_bars = stderr.isatty() and os.environ.get("TERM") != "dumb" and not command.options.quiet
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, tuple[int, float]] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def note(self, text: str) -> None:
        """Say one line."""
        if self._bars is None:
            self._command.say(text)
        else:
            self._bars.console.print(safe(text), markup=False, highlight=False, soft_wrap=True)

    def make_room(self) -> None:
        """Clear the line of a bar, for data on the same terminal; the bar comes back below."""
        if self._bars is not None:
            self._command.app.stderr.write("\r\x1b[2K")
            self._command.app.stderr.flush()

    def count(self, text: str, done: int, wanted: int | None) -> None:
        """Show that ``done`` of ``wanted`` (None: nobody knows) are done in the step named ``text``."""
        if self._has_bars:
            self._show(text, done, wanted)
        elif self._is_news(text, done, wanted):
            self._said[text] = done, time.monotonic()
            self._command.say(f"{text}: {done}" if wanted is None else f"{text}: {done} of {wanted}")

    def _is_news(self, text: str, done: int, wanted: int | None) -> bool:
        if text not in self._said:
            return True
        before, said_at = self._said[text]
        is_last = wanted is not None and done >= wanted
        return done != before and (is_last or time.monotonic() - said_at >= LINE_EVERY_S)

    def _show(self, text: str, done: int, wanted: int | None) -> None:
        if self._bars is None:
            from ess_core.host.bars import bars

            self._bars = self._open.enter_context(bars(self._command.app.stderr))
        if text not in self._tasks:
            self._tasks[text] = self._bars.add_task(safe(text))
        self._bars.update(self._tasks[text], completed=done, total=wanted)


def watched(command: "BaseCommand", items: Iterable[T], text: str) -> Iterator[T]:
    """The items; after a while their number so far is shown as that of ``text``."""
    began = time.monotonic()
    with Progress(command) as progress:
        for number, item in enumerate(items, 1):
            yield item
            if number % ITEMS == 0 and time.monotonic() - began > PATIENCE_S:
                progress.count(text, number, None)
