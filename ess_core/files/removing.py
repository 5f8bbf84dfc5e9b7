"""Many files of a datastore deleted, with fewer requests where the datastore can."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, runtime_checkable

from ess_core.files.datastore import Datastore

_AT_ONCE = 8


@runtime_checkable
class Removing(Protocol):
    """What a datastore may have besides: a way to delete many files that is quicker than one by one."""

    def delete_all(self, keys: Iterable[str]) -> None:
        """As :func:`delete_all`, below."""


def delete_all(store: Datastore, keys: Iterable[str]) -> None:
    """See to it that there is no file with any of these keys. Raises EssError where some stay."""
    if isinstance(store, Removing):
        store.delete_all(keys)
        return
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for _ in threads.map(store.delete, keys):
            pass
