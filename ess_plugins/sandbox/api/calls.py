"""The log of API calls, so that tests can count them."""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    """One answered call; ``status`` is 0 where the answer was lost on purpose.

    Of what was sent it holds names and no values, but for what IAM decides by: ``targets`` (ids, names of SSM
    parameters, the bucket and the keys) and ``tag_keys`` by type of resource.
    """

    service: str
    action: str
    region: str
    parameters: tuple[str, ...]
    targets: tuple[str, ...]
    tag_keys: Mapping[str, tuple[str, ...]]
    user_agent: str
    status: int
    user: str
    started: float
    duration_ms: float


class CallLog:
    """The latest calls, oldest first."""

    def __init__(self, size: int = 20_000) -> None:
        self._calls: deque[Call] = deque(maxlen=size)
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        """Append one."""
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._calls.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """All calls as plain data."""
        with self._lock:
            return [asdict(call) for call in self._calls]
