"""Blocking AWS calls side by side, in threads that never hold up the end of the process."""

import asyncio
import queue
import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")


def in_parallel(calls: Mapping[str, Callable[[], T]]) -> dict[str, T | Exception]:
    """Run all ``calls`` at once; return each one's result, or the exception it raised, under its name.

    A signal ends the wait at once: the threads are daemons, so a hanging call cannot delay the exit.
    """
    answers: queue.SimpleQueue[tuple[str, T | Exception]] = queue.SimpleQueue()
    for name, call in calls.items():
        threading.Thread(target=_answer, args=(answers, name, call), daemon=True).start()
    return dict(answers.get() for _ in calls)


def _answer(
    answers: "queue.SimpleQueue[tuple[str, T | Exception]]", name: str, call: Callable[[], T]
) -> None:
    try:
        answers.put((name, call()))
    except Exception as error:  # noqa: BLE001 - handed to the caller, who decides
        answers.put((name, error))


async def in_thread(call: Callable[[], T]) -> T:
    """Await a blocking ``call`` in a daemon thread.

    Unlike ``asyncio.to_thread`` the loop does not wait for it when it is closed.
    """
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
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=work, daemon=True).start()
    return await future
