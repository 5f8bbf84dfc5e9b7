"""Folders of a datastore that belong to one run, and how what dead runs left is told from what is in use.

A folder ``ROOT/<run>/`` belongs to a run while the object ``lease`` in it is young. All times are those that
the store says of its objects: the clocks of machines do not matter.
"""

import contextlib
import io
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ess_core.errors import EssError
from ess_core.files.datastore import Datastore, NoFileError
from ess_core.files.levels import Folder, level
from ess_core.files.removing import delete_all

LEASE = "lease"
LASTS = timedelta(hours=1)
"""How old a lease, or what lies in a folder without one, may be."""
RENEWED_S = 300.0

_CONTENT = b"A run of ess works in this folder while this object is younger than an hour.\n"


class Renewing:
    """The lease of the folder of one run, in a ``with`` block: a thread renews it.

    ``prefix`` is what the keys of its objects begin with, and ends with ``/``. What goes wrong is told to
    ``warn``.
    """

    def __init__(
        self, store: Datastore, prefix: str, warn: Callable[[str], None], renewed_s: float = RENEWED_S
    ) -> None:
        self._store = store
        self._prefix = prefix
        self._warn = warn
        self._renewed_s = renewed_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def __enter__(self) -> datetime:
        """Write the lease; the time that the store says. Raises EssError where it does not take it."""
        self._put()
        now = self._store.stat(self._prefix + LEASE).last_modified
        self._thread.start()
        return now

    def __exit__(self, *_: object) -> None:
        """Stop renewing; the lease is not written after it."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _renew(self) -> None:
        is_warned = False
        while not self._ended.wait(self._renewed_s):
            try:
                self._put()
            except EssError as error:  # the next time may do: there are several within an hour
                if not is_warned:
                    self._warn(
                        f"the lease of {self._store.url}/{self._prefix} cannot be renewed: {error.message}"
                    )
                is_warned = True

    def _put(self) -> None:
        self._store.put(self._prefix + LEASE, io.BytesIO(_CONTENT))


class Lease(Renewing):
    """The folder of one run, in a ``with`` block: leased, and removed at the end."""

    def __exit__(self, *_: object) -> None:
        """Stop renewing, and remove the folder."""
        super().__exit__()
        try:
            empty(self._store, self._prefix)
        except EssError as error:
            self._warn(f"{self._store.url}/{self._prefix} is left behind: {error.message}")


def empty(store: Datastore, prefix: str) -> None:
    """Delete all objects of a folder, its lease as the last one. Raises EssError where some stay."""
    keys = [file.key for file in store.list(prefix)]
    lease = prefix + LEASE
    delete_all(store, [key for key in keys if key != lease])
    if lease in keys:
        store.delete(lease)


def sweep(store: Datastore, root: str, now: datetime) -> Iterator[str]:
    """Remove the folders below ``root``, which ends with ``/``, of runs that are dead; gives their prefixes.

    ``now`` is the store's time.
    """
    for found in list(level(store, root)):
        if isinstance(found, Folder) and now - _renewed(store, found.key, now) > LASTS:
            empty(store, found.key)
            yield found.key


def _renewed(store: Datastore, prefix: str, now: datetime) -> datetime:
    """When a folder's lease was renewed, or its newest object came where there is none."""
    with contextlib.suppress(NoFileError):
        return store.stat(prefix + LEASE).last_modified
    return max((file.last_modified for file in store.list(prefix)), default=now)
