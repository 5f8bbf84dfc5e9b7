"""Blocking AWS calls side by side, in threads that never hold up the end of the process."""

import contextlib
import queue
import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")
_Answers = queue.SimpleQueue[tuple[str, T | Exception]]


def in_parallel(calls: Mapping[str, Callable[[], T]]) -> dict[str, T | Exception]:
    """Run all ``calls`` at once; return each one's result, or the exception it raised, in their order.

    A signal ends the wait at once: the threads are daemons, so a hanging call cannot delay the exit.
    """
    answers: _Answers[T] = queue.SimpleQueue()
    for name, call in calls.items():
        threading.Thread(target=_answer, args=(answers, name, call), daemon=True).start()
    found = dict(answers.get() for _ in calls)
    return {name: found[name] for name in calls}


def within(timeout_s: float, call: Callable[[], T]) -> T:
    """Return what ``call`` returns, or raise what it raises; TimeoutError where it takes too long."""
    answers: _Answers[T] = queue.SimpleQueue()
    threading.Thread(target=_answer, args=(answers, "", call), daemon=True).start()
    try:
        _, answer = answers.get(timeout=timeout_s)
    except queue.Empty:
        raise TimeoutError(f"no answer within {timeout_s:.0f} s") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _answer(answers: _Answers[T], name: str, call: Callable[[], T]) -> None:
    try:
        answers.put((name, call()))
    except Exception as error:  # noqa: BLE001 - handed to the caller, who decides
        answers.put((name, error))


async def in_thread(call: Callable[[], T]) -> T:
    """Await a blocking ``call`` in a daemon thread.

    Unlike ``asyncio.to_thread`` the loop does not wait for it when it is closed.
    """
    import asyncio  # 10 ms, which only those who await need to spend

    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: Exception | None) -> None:
        if not future.done():
            future.set_exception(error) if error else future.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        try:
            outcome: tuple[T | None, Exception | None] = (call(), None)
        except Exception as error:  # noqa: BLE001 - raised again by the future
            outcome = (None, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed, nobody waits
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=work, daemon=True).start()
    return await future
