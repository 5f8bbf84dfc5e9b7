"""What a check of `ess doctor` is given and what it may answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from ess_core.cloud.session import Cloud
from ess_core.conf import Conf

T = TypeVar("T")


class Status(Enum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing, and nothing fails for it."""
    SKIPPED = "skipped"
    """It could not be made, because something comes first that is missing."""
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """What one check found, in one line; ``hint`` says what to type, or is empty."""

    status: Status
    text: str
    hint: str = ""


@dataclass(frozen=True)
class Case:
    """What every check of one `ess doctor` is given: configuration, AWS, and what others have asked."""

    conf: Conf
    cloud: Cloud
    _asked: dict[Callable[..., Any], Any] = field(default_factory=dict, repr=False)

    def once(self, ask: "Callable[[Case], T]") -> T:
        """What ``ask(case)`` returns; it is called once, whichever checks need it."""
        if ask not in self._asked:
            self._asked[ask] = ask(self)
        answer: T = self._asked[ask]
        return answer


Check = Callable[[Case], str | Finding]
"""Returns one line that says what is in order, or a Finding; raises EssError where something is not."""


def needs(*names: str) -> Callable[[Check], Check]:
    """Skip a check where one of those called ``names``, the most basic one first, failed or was skipped."""

    def mark(check: Check) -> Check:
        check.needs = names  # type: ignore[attr-defined]
        return check

    return mark


def needed(check: Check) -> tuple[str, ...]:
    """The names that :func:`needs` gave it."""
    return tuple(getattr(check, "needs", ()))
