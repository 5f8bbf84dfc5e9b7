"""A listing as a command makes it: what is wanted of it, how much that was, and what is said at its end."""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import TypeVar

from ess_core.errors import NothingMatchedError
from ess_core.host.command import BaseCommand
from ess_core.host.progress import Progress
from ess_plugins.s3 import listing
from ess_plugins.s3.commands.common import client, how
from ess_plugins.s3.commands.target import Target
from ess_plugins.s3.listing.filters import Filter
from ess_plugins.s3.listing.tally import Tally
from ess_plugins.s3.listing.versions import Versions

T = TypeVar("T")
PAGE_KEYS = 1000
PATIENCE_S = 2.0
Render = Callable[[Sequence[listing.Row]], bytes]


class Listed:
    """Lists ``target`` as ``args`` say; ``tally`` counts what was wanted.

    ``writes_rows`` says that rows go to stdout as they come.
    """

    def __init__(
        self, command: BaseCommand, args: argparse.Namespace, target: Target, writes_rows: bool = True
    ) -> None:
        self._command = command
        self._args = args
        self._target = target
        self._began = time.monotonic()
        app = command.app
        self._is_watched = app.stderr.isatty() and not (writes_rows and app.stdout.isatty())
        self.tally = Tally()

    def pages(self, limit: int | None = None) -> Iterator[Sequence[listing.Row]]:
        """The wanted rows, a page at a time, ``limit`` of them at most.

        Raises NothingMatchedError at the end where there are none and there may be others.
        """
        opened = self._opened(lambda rows: listing.pack(self._target.wanted(rows)), limit)
        with closing(listing.pages(opened)) as pages:
            for page in self._watched(pages):
                shown = page if limit is None else page[: limit - self.tally.rows]
                self.tally.add(shown)
                yield shown
                if self.tally.rows == limit:
                    break
        self._end(opened)

    def chunks(self, render: Render) -> Iterator[bytes]:
        """What ``render`` makes of the wanted rows of each page; the workers do it."""

        def pack(rows: Sequence[listing.Row]) -> bytes:
            wanted = self._target.wanted(rows)
            self.tally.add(wanted)
            return render(wanted) if wanted else b""

        opened = self._opened(pack)
        yield from filter(None, self._watched(opened.chunks()))
        self._end(opened)

    def _opened(self, pack: listing.Pack, limit: int | None = None) -> listing.Lister:
        args, scope = self._args, self._target.scope
        if getattr(args, "versions", False):
            return Versions(client(self._command, args), scope, pack)
        workers = args.workers
        if limit is not None and self._target.wanted == Filter():
            workers = min(workers, max(1, limit // PAGE_KEYS))
        return listing.opened(
            self._command.cloud, how(args), scope, pack, listing.Manner(workers, args.no_fast)
        )

    def _watched(self, items: Iterable[T]) -> Iterator[T]:
        """The items; after a while with a count, on the terminal of somebody who does not see the rows."""
        with Progress(self._command) as progress:
            for item in items:
                yield item
                if self._is_watched and time.monotonic() - self._began > PATIENCE_S:
                    progress.count("keys", self.tally.rows, None)

    def _end(self, opened: listing.Lister) -> None:
        if self._args.stat:
            self._say(opened)
        if not self.tally.rows and self._target.is_narrowed:
            raise NothingMatchedError(self._target.nothing())

    def _say(self, opened: listing.Lister) -> None:
        seconds, stat = time.monotonic() - self._began, opened.stat
        rate = self.tally.rows / seconds if seconds else 0
        self._command.say(
            f"requests {stat.requests:,}, pages {stat.pages:,}, retries {stat.retries:,}, "
            f"{seconds:.2f} s, {rate:,.0f} keys/s"
        )
