"""One process at a time: others wait for their turn."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ess_core import home
from ess_core.errors import EssError

POLL_S = 0.1


@contextmanager
def turn(lock: Path, longest_s: float, busy: str) -> Iterator[None]:
    """Hold the lock file during the block. Raises EssError(busy) where others hold it for ``longest_s``."""
    deadline = time.monotonic() + longest_s
    while time.monotonic() < deadline:
        with home.locked(lock) as mine:
            if mine:
                yield
                return
        time.sleep(POLL_S)
    raise EssError(busy, "wait for it to end, or end it")
