"""How long work tells what it is doing, without knowing who listens."""

import contextlib
from typing import Protocol


class Report(Protocol):
    """Receives what a person would like to know meanwhile."""

    def note(self, text: str) -> None:
        """Something worth one line."""

    def count(self, text: str, done: int, wanted: int) -> None:
        """How far the step named ``text`` is."""


class Undeterred:
    """A report that may fail, because its terminal or pipe has gone: the work goes on all the same."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def note(self, text: str) -> None:
        """Say one line, if anybody listens."""
        with contextlib.suppress(OSError, ValueError):
            self._report.note(text)

    def count(self, text: str, done: int, wanted: int) -> None:
        """Show how far it is, if anybody looks."""
        with contextlib.suppress(OSError, ValueError):
            self._report.count(text, done, wanted)
