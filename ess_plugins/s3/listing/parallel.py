"""Many workers list ranges of keys side by side; what they find comes out in order."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from ess_core.errors import EssError
from ess_plugins.s3.listing.fetch import Fetcher
from ess_plugins.s3.listing.page import Page, Row
from ess_plugins.s3.listing.plan import DELIMITER, Plan, Segment, Survey, Task
from ess_plugins.s3.listing.source import Ask
from ess_plugins.s3.listing.spool import Chunk, Spool

FEWEST_WORKERS = 16
MOST_WAITING_BYTES = 1 << 30
"""What may be listed ahead of a slow reader; then only the range he reads goes on."""
READABLE_PAGES = 700
"""Pages a second that one Python can read; workers for more would only wait for each other."""
HEAD_CHUNKS = 64
BATCH_BYTES = 1 << 20

Pack = Callable[[Sequence[Row]], bytes]
"""Turns the rows of one page into what is kept until its turn comes."""


class Parallel:
    """Lists what ``plan`` covers with at most ``most`` workers; each makes its own fetcher.

    ``latency_s`` is how long an answer took to begin until now.
    """

    def __init__(
        self,
        fetcher: Callable[[], Fetcher],
        plan: Plan,
        ask: Ask,
        pack: Pack,
        most: int,
        latency_s: float,
    ) -> None:
        self._fetcher = fetcher
        self._plan = plan
        self._latency_s = latency_s
        self._ask = ask
        self._pack = pack
        self._most = most
        self._spool = Spool()
        self._queues: dict[Segment, deque[Chunk]] = {}
        self._ended: set[Segment] = set()
        self._head: Segment | None = plan.head
        self._failure: BaseException | None = None
        self._stopped = False
        self._threads = 0
        self._busy = 0
        lock = threading.Lock()
        self._to_do = threading.Condition(lock)
        self._to_read = threading.Condition(lock)

    def chunks(self) -> Iterator[bytes]:
        """What the workers packed, in key order. Raises EssError where a page cannot be had."""
        with self._to_do:
            self._grow()
        try:
            while ready := self._ready():
                yield from ready
        finally:
            self._stop()

    def _ready(self) -> list[bytes]:
        """What can be read now; waits for it; nothing at the end."""
        with self._to_read:
            while True:
                found = self._take()
                if found or self._head is None:
                    return found
                if self._failure:
                    raise self._failure
                self._to_read.wait()

    def _take(self) -> list[bytes]:
        """What is ready, but not all of it where that is much: it may lie on disk."""
        found: list[bytes] = []
        size_bytes = 0
        before = self._head
        while self._head is not None and size_bytes < BATCH_BYTES:
            queue = self._queues.get(self._head)
            if queue:
                found.append(self._spool.get(queue))
                size_bytes += len(found[-1])
            elif self._head in self._ended:
                self._queues.pop(self._head, None)
                self._ended.discard(self._head)
                self._head = self._head.next
            else:
                break
        if found or self._head is not before:  # the next range may go on now, though much waits
            self._to_do.notify_all()
        return found

    def _stop(self) -> None:
        with self._to_do:
            self._stopped = True
            self._to_do.notify_all()
        self._spool.close()

    def _grow(self) -> None:
        while self._threads < self._target():
            self._threads += 1
            threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        fetcher = self._fetcher()
        try:
            while task := self._next():
                self._do(fetcher, task)
        except BaseException as error:  # noqa: BLE001 - raised again by the reader
            with self._to_read:
                self._failure = self._failure or error
                self._to_read.notify()
        finally:
            fetcher.close()

    def _next(self) -> Task | None:
        with self._to_do:
            while not (self._stopped or self._failure or self._plan.is_done):
                if self._may_go_on() and (task := self._plan.task(self._idle())):
                    self._busy += 1
                    return task
                self._to_do.wait()
            self._to_do.notify_all()
            return None

    def _may_go_on(self) -> bool:
        """Whether a range may be taken up: where much waits, only the one that the reader is in."""
        if not self._is_full:
            return True
        return self._head is not None and self._plan.is_next(self._head) and not self._is_ahead

    def _idle(self) -> int:
        return max(1, self._target() - self._busy)

    def _target(self) -> int:
        """How many should work: the longer S3 takes, the more; but no more than can be read."""
        return int(min(self._most, max(FEWEST_WORKERS, self._latency_s * READABLE_PAGES)))

    def _do(self, fetcher: Fetcher, task: Task) -> None:
        if isinstance(task, Survey):
            page = fetcher.page(Ask(task.prefix, DELIMITER))
            with self._to_do:
                self._plan.surveyed(task, page.prefixes)
                self._busy -= 1
                self._grow()
                self._to_do.notify_all()
        else:
            while self._list(fetcher, task):
                pass

    def _list(self, fetcher: Fetcher, segment: Segment) -> bool:
        """List one page of a range; True where this worker goes on with it."""
        page = fetcher.page(self._ask.after_key(segment.cursor, segment.token))
        with self._to_do:
            self._latency_s = min(self._latency_s, fetcher.latency_s)
            rows = self._plan.took(segment, page)
        _check_progress(segment, page, rows)
        data = self._pack(rows) if rows else b""
        with self._to_do:
            if data:
                soon = segment is self._head and not self._is_ahead
                self._spool.put(self._queues.setdefault(segment, deque()), data, soon)
            return self._goes_on(segment)

    def _goes_on(self, segment: Segment) -> bool:
        self._to_read.notify()
        self._grow()
        if not segment.is_done and not self._stopped and self._has_room(segment):
            self._to_do.notify()
            return True
        self._busy -= 1
        if segment.is_done:
            self._ended.add(segment)
        else:
            self._plan.hand_back(segment)
        self._to_do.notify_all()
        return False

    def _has_room(self, segment: Segment) -> bool:
        return not self._is_full or (segment is self._head and not self._is_ahead)

    @property
    def _is_full(self) -> bool:
        return self._spool.waiting_bytes >= MOST_WAITING_BYTES

    @property
    def _is_ahead(self) -> bool:
        """True where the reader has enough to read in the range that he is in."""
        return self._head is not None and len(self._queues.get(self._head, ())) >= HEAD_CHUNKS


def _check_progress(segment: Segment, page: Page, rows: Sequence[Row]) -> None:
    if not rows and not segment.is_done and not page.token:
        raise EssError("S3 answers with an empty page and no way to go on", "list with --no-fast")
