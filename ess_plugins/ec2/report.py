"""How long work tells what it is doing, without knowing who listens."""

from typing import Protocol


class Report(Protocol):
    """Receives what a person would like to know meanwhile."""

    def note(self, text: str) -> None:
        """Something worth one line."""

    def count(self, text: str, done: int, wanted: int) -> None:
        """How far the step named ``text`` is."""
