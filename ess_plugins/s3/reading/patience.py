"""How often, and how long apart, something is tried that fails again and again."""

import random
import time
from dataclasses import dataclass

TRIES = 6
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0


@dataclass
class Patience:
    """Counts failures in a row; at most :data:`TRIES`."""

    failures: int = 0

    def renew(self) -> None:
        """Something came: start counting again."""
        self.failures = 0

    def lost(self) -> bool:
        """Count one more failure; True where it is one too many, else wait a random while and go on."""
        self.failures += 1
        if self.failures >= TRIES:
            return True
        longest_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**self.failures)
        time.sleep(longest_s * random.random())  # noqa: S311 - so that many do not come back at once
        return False
