"""Calls into DuckDB beside the main thread, which so can take a signal at once and end them.

In the main thread a signal would wait for DuckDB to come back: minutes, for some joins.
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

    from duckdb import DuckDBPyConnection

_AGAIN_S = 0.05
_PATIENCE_S = 10.0
T = TypeVar("T")


class Aside:
    """Runs calls that use ``db`` one after the other; a context manager, which closes it."""

    def __init__(self, db: "DuckDBPyConnection") -> None:
        self.db = db
        self._calls: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self._answers: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self._is_stuck = False
        self._thread = Thread(target=self._work, name="duckdb", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: "TracebackType | None"
    ) -> None:
        self._calls.put(None)
        if not self._is_stuck:
            self._thread.join()
            self.db.close()

    def call(self, function: Callable[[], T]) -> T:
        """What the function returns or raises. Where the caller is interrupted meanwhile, so is DuckDB."""
        self._calls.put(function)
        try:
            value, error = self._answers.get()
        except BaseException:
            self._interrupt()
            raise
        if error:
            raise error
        return value  # type: ignore[no-any-return]  # it is the function's

    def _work(self) -> None:
        while function := self._calls.get():
            try:
                self._answers.put((function(), None))
            except BaseException as error:  # noqa: BLE001 - it is raised where the call was made
                self._answers.put((None, error))

    def _interrupt(self) -> None:
        """End what runs; DuckDB forgets an interrupt that comes before the work begins."""
        for _ in range(round(_PATIENCE_S / _AGAIN_S)):
            self.db.interrupt()
            try:
                self._answers.get(timeout=_AGAIN_S)
            except Empty:
                continue
            return
        self._is_stuck = True
