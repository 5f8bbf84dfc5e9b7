"""The items of one ``map``: which of them to begin next, and what became of each."""

import pickle
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Generic

from ess_core.errors import EssError
from ess_core.nodes.executors import Item, LostError, Outcome, Result
from ess_core.nodes.tasks import Answer, Broken, Failed


@dataclass(frozen=True)
class Attempt(Generic[Item]):
    """An item, where it stands among all, and which attempt this is."""

    item: Item
    number: int
    count: int = 1


class Attempts(Generic[Item, Result]):
    """Up to ``attempts`` of each item, which are taken as ``Executor.map`` says."""

    def __init__(
        self, fn: Callable[[Item], Result], items: Iterable[Item], attempts: int, window: int | None
    ) -> None:
        self._fn = fn
        self._items = iter(items)
        self._attempts = attempts
        self._window = window
        self._again: deque[Attempt[Item]] = deque()
        self._open: set[int] = set()
        self._taken = 0
        self._is_over = False
        self._error: EssError | None = None

    def next(self) -> Attempt[Item] | None:
        """What to begin now, if anything."""
        if self._again:
            return self._again.popleft()
        if self._is_over or self._is_ahead():
            return None
        try:
            item = next(self._items)
        except StopIteration:
            self._is_over = True
            return None
        except EssError as error:
            self._is_over, self._error = True, error
            return None
        task = Attempt(item, self._taken)
        self._open.add(self._taken)
        self._taken += 1
        return task

    def pickled(self, task: Attempt[Item]) -> bytes:
        """The function and the item, for a process."""
        return pickle.dumps((self._fn, task.item))

    def done(self, task: Attempt[Item], answer: Answer) -> Outcome[Item, Result]:
        """What a process made of the item. Raises what is a bug."""
        self._open.remove(task.number)
        if isinstance(answer, Broken):
            raise _bug(answer)
        if isinstance(answer, Failed):
            return Outcome(task.item, None, answer.error, task.count)
        return Outcome(task.item, answer.value, None, task.count)

    def lost(
        self, task: Attempt[Item], why: str, hint: str = "", *, is_last: bool = False
    ) -> Outcome[Item, Result] | None:
        """What is to be said where the process died; None where there is another attempt."""
        if task.count < self._attempts and not is_last:
            self._again.append(replace(task, count=task.count + 1))
            return None
        self._open.remove(task.number)
        times = f", {task.count} times" if task.count > 1 else ""
        return Outcome(task.item, None, LostError(f"{why}{times}", hint), task.count)

    def put_back(self, task: Attempt[Item]) -> None:
        """Begin it anew as the same attempt: it was not the item's fault, and may never have been begun."""
        self._again.append(task)

    def stop(self, error: EssError) -> None:
        """Take no more items, and raise the error in the end."""
        self._is_over, self._error = True, self._error or error

    def finish(self) -> None:
        """Raise what ended the items early."""
        if self._error:
            raise self._error

    def _is_ahead(self) -> bool:
        return self._window is not None and bool(self._open) and self._taken - min(self._open) >= self._window


def _bug(broken: Broken) -> BaseException:
    """The exception as it was raised in the process, with the traceback from there."""
    error = broken.error or RuntimeError(broken.line)
    error.__cause__ = _RemoteError(broken.trace)
    return error


class _RemoteError(Exception):
    """The traceback of another process, as text."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"
