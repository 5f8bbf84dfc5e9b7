"""How a child process learns that its parent is gone, however it went: a pipe that nobody writes to."""

import os
import threading
from collections.abc import Callable


def on_end(pipe: int, end: Callable[[], None]) -> None:
    """Call ``end`` in a thread of its own when the writing side of ``pipe`` is closed."""

    def wait() -> None:
        os.read(pipe, 1)
        end()

    threading.Thread(target=wait, daemon=True).start()
