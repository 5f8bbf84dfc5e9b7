"""Where workers leave files for this machine, and it for them (``ess_core.conf.scratch`` is the setting).

What a run needs there is below ``<scratch>/ess-scratch/<run>/``, and gone when it ends. What runs left that
were killed is removed by a later one, when their leases are over.
"""

import contextlib
import os
import secrets
import shutil
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Self

from ess_core.errors import EssError
from ess_core.files.datastore import Datastore
from ess_core.files.leases import RENEWED_S, Lease, sweep

ROOT = "ess-scratch/"
_COPY_BYTES = 1 << 20


class Scratch:
    """What one run keeps in ``store``, in a ``with`` block; whatever is left is removed at the end.

    What cannot be is told to ``warn``.
    """

    def __init__(self, store: Datastore, warn: Callable[[str], None], renewed_s: float = RENEWED_S) -> None:
        self.store = store
        self.prefix = f"{ROOT}{secrets.token_hex(16)}/"
        self._lease = Lease(store, self.prefix, warn, renewed_s)
        self._sweeping: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address of all that this run keeps, without a ``/`` at its end."""
        return f"{self.store.url}/{self.prefix}".rstrip("/")

    def __enter__(self) -> Self:
        """Begin; meanwhile what dead runs left is removed. Raises EssError where nothing can be written."""
        try:
            now = self._lease.__enter__()
        except EssError as error:
            raise EssError(f"nothing can be left in {self.store.url}: {error.message}", error.hint) from error
        self._sweeping = threading.Thread(target=self._sweep, args=(now,), daemon=True)
        self._sweeping.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._sweeping:
            self._sweeping.join()
        self._lease.__exit__()

    def _sweep(self, now: datetime) -> None:
        with contextlib.suppress(EssError):  # who may not remove what others left works all the same
            for _ in sweep(self.store, ROOT, now):
                pass


def send(path: str, store: Datastore, key: str) -> None:
    """Keep a file of this machine under ``key``, whole or not at all. Raises EssError."""
    with open(path, "rb") as file:
        store.put(key, file)


def fetch(store: Datastore, key: str, path: str) -> None:
    """Make ``path`` what is kept under ``key``, whole or not at all. Raises EssError."""
    partial = f"{path}.{secrets.token_hex(4)}.partial"
    try:
        with store.open(key) as source, open(partial, "wb") as file:
            shutil.copyfileobj(source, file, _COPY_BYTES)
        os.replace(partial, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        if isinstance(error, OSError):
            raise EssError(f"cannot write {os.path.dirname(path)}: {error.strerror}") from error
        raise
