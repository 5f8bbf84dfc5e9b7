"""When Python looks for garbage in our processes."""

import gc

_MANY = 20_000


def look_rarely() -> None:
    """Look after many new objects, and not after 700: what modules and clients are made of stays."""
    gc.set_threshold(_MANY)


def leave_it() -> None:
    """Look at what is there no more.

    At the end of a process it goes with that, and to clear it up first takes up to 0.1 s; copies of one share
    it as long as nobody does.
    """
    gc.freeze()
