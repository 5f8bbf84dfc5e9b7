"""Some COPYs of a load while its other files are cleaned and staged."""

import math
import threading
import time
from collections.abc import Sequence
from typing import Self

from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.failures import RedshiftError
from ess_plugins.redshift.loading import ledger
from ess_plugins.redshift.loading.access import Access
from ess_plugins.redshift.loading.copies import Copying
from ess_plugins.redshift.loading.model import Load, LoadFile
from ess_plugins.redshift.loading.refusals import is_passing
from ess_plugins.redshift.loading.sessions import begun
from ess_plugins.redshift.loading.staging import StagingArea

MOST_COPIES = 16
"""In how many parts files are copied, as each COPY takes a while however little it copies."""
FEWEST_FILES = 2
"""How many files are worth a COPY of their own."""
WORTH_S = 1.0
"""How long the files that are not staged yet have to take for a first COPY: else it comes sooner with them.

For others it is as long as the quickest COPY took, of which most may be what every COPY takes.
"""
_END_S = 10.0
_NAME = "early-copy"


class Early:
    """Files of one load, copied in a thread into the session table of ``connection``, which it closes.

    ``plan`` is the load without its files, and ``files`` how many these are at most. Nobody sees any row
    before the load goes on with ``copying``. Use it in a ``with`` block.
    """

    def __init__(
        self, connection: Connection, area: StagingArea, plan: Load, access: Access, files: int
    ) -> None:
        self._connection, self._area, self._plan, self._access = connection, area, plan, access
        self._enough = max(FEWEST_FILES, -(-files // MOST_COPIES))
        self._files, self._staged, self._began = files, 0, time.monotonic()
        self._quickest_s = 0.0  # of COPYs, when there was one
        self._waiting: list[LoadFile] = []
        self._lock = threading.Lock()
        self._is_over = False
        self._thread = threading.Thread()
        self._copying: Copying | None = None
        self._failure: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._begin_no_more()
        if self._thread.is_alive():
            self._connection.cancel()
            self._thread.join(_END_S)
        self._connection.close()

    def add(self, file: LoadFile) -> None:
        """A file is staged; with enough of them a COPY begins, as soon as none runs, unless one has failed.

        Raises what failed, unless it may pass: then the load tries again when all is staged.
        """
        if self._failure and not _may_pass(self._failure):
            raise self._failure
        with self._lock:
            self._staged += 1
            self._waiting.append(file)
        if not self._thread.is_alive() and not self._failure and (some := self._next()):
            self._thread = threading.Thread(target=self._copy, args=(some,), name=_NAME, daemon=True)
            self._thread.start()

    def _next(self) -> Sequence[LoadFile]:
        """The files of the next COPY; none unless enough wait, and it will take long until all are staged."""
        with self._lock:
            each_s = (time.monotonic() - self._began) / self._staged
            rest_s = each_s * (self._files - self._staged)
            if self._is_over or len(self._waiting) < self._enough or rest_s < (self._quickest_s or WORTH_S):
                return ()
            some, self._waiting = self._waiting, []
            return some

    def _begin_no_more(self) -> None:
        with self._lock:
            self._is_over = True

    def copying(self) -> Copying:
        """The session with what is copied, which the one who asks goes on with. Raises what failed."""
        self._begin_no_more()
        while self._thread.is_alive():
            self._thread.join()
        if self._failure:
            raise self._failure
        return self._begun()

    def _copy(self, files: Sequence[LoadFile]) -> None:
        try:
            copying = self._begun()
            while files:
                began = time.monotonic()
                copying.run(files)
                self._quickest_s = min(self._quickest_s or math.inf, time.monotonic() - began)
                files = self._next()
        except Exception as error:  # noqa: BLE001 - it is raised where the load goes on
            self._failure = error

    def _begun(self) -> Copying:
        if self._copying is None:
            ledger.ensure(self._connection)
            self._copying = begun(self._connection, self._area, self._plan, self._access)
        return self._copying


def _may_pass(error: Exception) -> bool:
    return isinstance(error, RedshiftError) and is_passing(error)
