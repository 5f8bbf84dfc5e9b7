"""How far a load is, said only where it takes long."""

import time

from ess_plugins.redshift.loading.model import Progress

PATIENCE_S = 2.0


class Patient:
    """Tells another one how far it is, not before two seconds are over; notes at once."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._silent_until = time.monotonic() + PATIENCE_S

    def count(self, text: str, done: int, wanted: int | None) -> None:
        """``done`` of ``wanted`` are done in the step named ``text``."""
        if time.monotonic() > self._silent_until:
            self._progress.count(text, done, wanted)

    def note(self, text: str) -> None:
        """Something that a user should know."""
        self._progress.note(text)
