"""Listing a bucket: page after page where pages come quickly, in parallel where they do not."""

from collections import deque
from collections.abc import Iterator, Sequence

from ess_core.errors import EssError
from ess_plugins.s3.listing.fetch import Fetcher, Stat
from ess_plugins.s3.listing.pace import Gate
from ess_plugins.s3.listing.page import KEY, Page, Row
from ess_plugins.s3.listing.parallel import Pack, Parallel
from ess_plugins.s3.listing.plan import Plan
from ess_plugins.s3.listing.source import Ask, Source

MOST_WORKERS = 64
SLOW_S = 0.02
"""Where an answer takes longer to begin, waiting is what a listing does most, and many can wait at once."""
QUICK_S = 0.005
"""Where it begins sooner, the processor is the limit and more workers only get in each other's way."""
_SAMPLES = 3
_OWN_ORDER = ("SeaweedFS",)
"""Servers that sort keys folder by folder and not by their bytes: no key says what comes after it there."""


class Listing:
    """One listing; ``stat`` says what it has cost so far."""

    def __init__(self, source: Source, pack: Pack, most: int = MOST_WORKERS) -> None:
        self._source = source
        self._pack = pack
        self._most = most
        self._gate = Gate(most)
        self.stat = Stat()

    def chunks(self) -> Iterator[bytes]:
        """What ``pack`` made of each page, in key order. Raises EssError where a page cannot be had."""
        scope = self._source.scope
        fetcher = self._fetcher()
        ask = Ask(scope.prefix, scope.delimiter)
        latencies: deque[float] = deque(maxlen=_SAMPLES)
        while True:
            page = fetcher.page(ask)
            rows = page.merged()
            if rows:
                yield self._pack(rows)
            if not page.is_truncated:
                return
            self._check_progress(ask, page, rows)
            latencies.append(fetcher.latency_s)
            can_share = rows and not fetcher.server.startswith(_OWN_ORDER)
            if can_share and self._is_worth_sharing(latencies):
                break
            ask = ask.after_key(rows[-1][KEY] if rows else ask.after, page.token)
        fetcher.close()
        plan = Plan(scope.prefix, rows, self._most, surveys=not scope.delimiter)
        shared = Parallel(self._fetcher, plan, ask, self._pack, self._most, min(latencies))
        yield from shared.chunks()

    def _is_worth_sharing(self, latencies: deque[float]) -> bool:
        """True where pages take long to come, and not only this one because the machine is busy."""
        if self._most == 1:
            return False
        return latencies[-1] > SLOW_S or (len(latencies) == _SAMPLES and min(latencies) > QUICK_S)

    def _check_progress(self, ask: Ask, page: Page, rows: Sequence[Row]) -> None:
        """Raise EssError where the next page would be this one: as of a server that only knows version 1."""
        if page.token == ask.token and (not rows or rows[-1][KEY] == ask.after):
            source = self._source
            raise EssError(
                f"{source.endpoint_url} gives the same page of bucket {source.scope.bucket} again and again",
                "it may not know ListObjectsV2",
            )

    def _fetcher(self) -> Fetcher:
        return Fetcher(self._source, self._gate, self.stat)
