"""Where workers leave files for this machine: ``scratch`` in ``[Data]`` of instance.conf.

What a run needs there is below ``<scratch>/ess-scratch/<run>/``, and gone when it ends. What runs left that
were killed is removed by a later one, when their leases are over.
"""

import contextlib
import os
import re
import secrets
import shutil
import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from ess_core.errors import EssError
from ess_core.files.datastore import Datastore
from ess_core.files.leases import RENEWED_S, Lease, sweep

if TYPE_CHECKING:
    from ess_core.conf import Conf

SECTION, KEY = "Data", "scratch"
ROOT = "ess-scratch/"
EXPECTED = "a bucket or a folder in one, such as s3://bucket/tmp"
_FORM = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]+(/\S*)?")
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


def url(conf: "Conf") -> str:
    """Where scratch is, without a ``/`` at its end; empty where it is not set."""
    return str(conf.section(SECTION).get(KEY, "")).rstrip("/")


def check(field: str, text: str, error: Callable[[str, str], None]) -> None:
    """Report what is wrong with the text of the conf, the way cerberus wants it."""
    if not _FORM.fullmatch(text) or text.startswith("file:"):
        error(field, f"is not {EXPECTED}")
