"""Calls into DuckDB beside the main thread, which so can take a signal at once and end them.

In the main thread a signal would wait for DuckDB to come back: minutes, for some joins.
"""

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

    from duckdb import DuckDBPyConnection

_LOOK_S = 0.5
_AGAIN_S = 0.05
_PATIENCE_S = 10.0
T = TypeVar("T")
Watch = Callable[[float], None]
"""Is told how many percent are done."""


class Aside:
    """Runs calls that use ``db`` one after the other; a context manager, which closes it."""

    def __init__(self, db: "DuckDBPyConnection") -> None:
        self.db = db
        self._calls: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self._answers: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self._is_busy = False
        self._thread = Thread(target=self._work, name="duckdb", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: "TracebackType | None"
    ) -> None:
        self._calls.put(None)
        if not self._is_busy:  # else it did not end when it was asked to, and goes with the process
            self._thread.join()
            self.db.close()

    def call(self, function: Callable[[], T], watch: Watch | None = None) -> T:
        """What the function returns or raises. Where the caller is interrupted meanwhile, so is DuckDB.

        ``watch`` is told now and then how far DuckDB is.
        """
        self._is_busy = True
        self._calls.put(function)
        try:
            value, error = self._answer(watch)
        except BaseException:
            self._interrupt()
            raise
        self._is_busy = False
        if error:
            raise error
        return value  # type: ignore[no-any-return]  # it is the function's

    def _answer(self, watch: Watch | None) -> tuple[Any, BaseException | None]:
        while True:
            with suppress(Empty):
                return self._answers.get(timeout=_LOOK_S if watch else None)
            percent = self.db.query_progress()
            if watch and percent >= 0:
                watch(percent)

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
            self._is_busy = False
            return
