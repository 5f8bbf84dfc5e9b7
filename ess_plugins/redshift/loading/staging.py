"""The folder of a bucket where a load puts what COPY reads, gone when the load ends."""

import io
import json
import uuid
from collections.abc import Callable, Iterable
from typing import Self

from ess_core.cloud.parallel import within
from ess_core.errors import EssError
from ess_core.files import Datastore
from ess_core.files.leases import RENEWED_S, Renewing, empty
from ess_core.interrupts import deferred
from ess_plugins.redshift.loading.leases import prefix
from ess_plugins.redshift.loading.stage import StagedObject

REMOVAL_S = 60.0
"""How long the removal may take, which a signal does not cut short."""

_CLEAN = "`ess redshift clean` removes it when its lease is over"


def new_load_id() -> str:
    """What tells a load, its staging folder and its rows in the ledger from all others."""
    return uuid.uuid4().hex


class StagingArea:
    """The staging folder of one load, in a ``with`` block: leased, and removed at the end however it comes.

    ``store`` is the datastore of the staging URL. What cannot be removed is said by ``warn``, and left to
    ``ess redshift clean``.
    """

    def __init__(
        self, store: Datastore, load_id: str, warn: Callable[[str], None], renewed_s: float = RENEWED_S
    ) -> None:
        self.store = store
        self.load_id = load_id
        self.prefix = prefix(load_id)
        self._warn = warn
        self._lease = Renewing(store, self.prefix, warn, renewed_s)

    @property
    def url(self) -> str:
        """The address of the folder, with a ``/`` at its end."""
        return f"{self.store.url}/{self.prefix}"

    def __enter__(self) -> Self:
        try:
            self._lease.__enter__()
        except EssError as error:
            raise EssError(
                f"nothing can be staged in {self.store.url}: {error.message}", error.hint
            ) from error
        except BaseException:  # a signal, and the lease may be written
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the folder; a signal waits for it."""
        with deferred():
            try:
                within(REMOVAL_S, self._remove)
            except (EssError, TimeoutError) as error:
                self._warn(f"{self.url} is left behind: {error}; {_CLEAN}")

    def _remove(self) -> None:
        self._lease.__exit__()
        empty(self.store, self.prefix)

    def manifest(self, objects: Iterable[StagedObject]) -> str:
        """Write the list of what COPY is to read; its address.

        All of it is mandatory, so that COPY never passes over an object that is not there, and says its
        length, which COPY asks for where it is Parquet.
        Source: https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html
        """
        entries = [
            {"url": one.url, "mandatory": True, "meta": {"content_length": one.size_bytes}} for one in objects
        ]
        key = f"{self.prefix}manifest-{uuid.uuid4().hex[:8]}.json"
        self.store.put(key, io.BytesIO(json.dumps({"entries": entries}).encode()))
        return f"{self.store.url}/{key}"
