"""What the project promises of its speed, and whether a run kept it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """A figure that shall be at least, or at most, the one wanted."""

    what: str
    measured: float
    wanted: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether the figure is as wanted."""
        return self.measured <= self.wanted if self.at_most else self.measured >= self.wanted

    def __str__(self) -> str:
        bound = "at most" if self.at_most else "at least"
        outcome = "met" if self.met else "MISSED"
        return f"{outcome}: {self.what}: {self.measured:.2f}, wanted {bound} {self.wanted:g}"
