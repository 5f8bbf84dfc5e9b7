"""What `ess stream` says and prints of files that go through a command."""

import argparse
import math
import os
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from ess_core.errors import EssError, PartlyDoneError
from ess_core.host.command import BaseCommand
from ess_core.host.escape import escape
from ess_core.host.progress import PATIENCE_S, Progress
from ess_core.nodes.executors import LostError
from ess_core.phrases import count

if TYPE_CHECKING:
    from ess_core.nodes.executors import Executor
    from ess_plugins.data.stream import Job
    from ess_plugins.data.streaming import Outcomes, Plan, Streamed

CHUNK_BYTES = 1 << 20
SHOWN_LINES = 5
"""Of the end of what a command that failed said."""


class Run:
    """What is done, and what is said of it."""

    def __init__(
        self, command: BaseCommand, args: argparse.Namespace, wanted: int, progress: Progress
    ) -> None:
        self._command, self._args, self._wanted, self._progress = command, args, wanted, progress
        self._done = self._damaged = self._failed = 0
        self._hint = ""
        self._left = Left()
        self._is_lost = False
        prints = not (args.out or args.s3out)
        patience_s = math.inf if prints and command.app.stdout.isatty() else PATIENCE_S
        self._silent_until = time.monotonic() + (0 if args.progress else patience_s)

    def each(self, executor: "Executor", plan: "Plan", jobs: "Iterator[Job]") -> None:
        """Run the command for each file."""
        for job in self._good(executor, jobs, in_order=not plan.targets):
            if not job.target:
                self._print(job)

    def bulk(self, executor: "Executor", plan: "Plan", jobs: "Iterator[Job]") -> None:
        """Run the command once for all files, which the jobs do no more than decompress."""
        from ess_core.files.running import feed

        target = plan.targets.of_all(plan.category) if plan.targets else None
        good = self._good(executor, jobs, in_order=True)
        with closing(good), closing(_contents(good)) as pieces:
            if target is None:
                self._command.binary_stdout.flush()
                said = feed(plan.command or "cat", pieces, self._command.binary_stdout)
            else:
                with (plan.folder / "bulk").open("w+b") as output:
                    said = feed(plan.command or "cat", pieces, output)
                    output.seek(0)
                    target.store.put(target.key, output)
        self._wanted = self._done + self._failed  # of the rest the command wanted nothing
        if self._command.options.debug:
            self._say_lines(plan.command, said)

    def finish(self, keys: "Iterable[str]") -> None:
        """Raise what was left undone of the files with these keys, which are in the order of their jobs."""
        if error := self._undone():
            if (self._is_lost or self._done) and not self._args.bulk:
                error.hint = self._way_on(keys)
            raise error
        if self._args.out or self._args.s3out:
            written = count(1 if self._args.bulk else self._done, "file")
            self._progress.note(f"{written} written to {self._args.out or self._args.s3out}")

    def _way_on(self, keys: "Iterable[str]") -> str:
        """The command that does just what is not done, for when that may go well."""
        from ess_plugins.data import undone

        left = undone.keep(key for number, key in enumerate(keys) if number in self._left)
        return undone.typed(["ess", "stream", *self._command.words, f"--only={left}"])

    def _undone(self) -> EssError | None:
        counts = {
            "failed": self._failed,
            "damaged": self._damaged,
            "not tried": self._wanted - self._done - self._failed,
        }
        what = ", ".join(f"{number} {how}" for how, number in counts.items() if number)
        if not what:
            return None
        message = f"{self._done} of {self._wanted} files done: {what}"
        return PartlyDoneError(message) if self._done else EssError(message)

    def _good(self, executor: "Executor", jobs: "Iterator[Job]", *, in_order: bool) -> "Generator[Job]":
        """The jobs that are done."""
        from ess_plugins.data.streaming import streamed

        with closing(streamed(executor, jobs, in_order=in_order)) as outcomes:
            for number, outcome in enumerate(self._as_far_as_it_goes(outcomes), 1):
                if time.monotonic() > self._silent_until:
                    self._progress.count("files", number, self._wanted)
                if self._is_done(outcome):
                    yield outcome.item
                elif self._args.quitonerror and self._args.bulk:
                    error = self._undone()
                    assert error
                    raise error  # the command is not to take what it got for all there is
                elif self._args.quitonerror:
                    return

    def _as_far_as_it_goes(self, outcomes: "Outcomes") -> "Iterator[Streamed]":
        """The outcomes, up to where all workers are lost."""
        try:
            yield from outcomes
        except LostError as error:
            if self._args.bulk:
                raise  # the command is not to take what it got for all there is
            self._is_lost = True
            self._warn(error.message)

    def _is_done(self, outcome: "Streamed") -> bool:
        key = outcome.item.source.key
        if outcome.error:
            self._failed += 1
            self._is_lost |= isinstance(outcome.error, LostError)
            self._say_failed(key, outcome.error)
            return False
        assert outcome.value
        self._done += 1
        self._left.remove(outcome.item.number)
        if outcome.value.damage:
            self._damaged += 1
            self._warn(outcome.value.damage)
        if self._command.options.debug:
            self._say_lines(
                f"{escape(key)}: {outcome.item.about.put_into(outcome.item.command)}", outcome.value.said
            )
        return True

    def _say_failed(self, key: str, error: EssError) -> None:
        message = error.message if repr(key) in error.message else f"{key!r}: {error.message}"
        self._warn(message)
        said = getattr(error, "stderr", "").splitlines()[-SHOWN_LINES:-1]  # the last line is in the message
        hint = error.hint if error.hint != self._hint else ""  # once for all files that fail for one reason
        self._hint = error.hint
        self._say_lines(f"hint: {hint}" if hint else "", "\n".join(said))

    def _warn(self, text: str) -> None:
        self._progress.note(f"ess: warning: {text}")

    def _say_lines(self, first: str, rest: str) -> None:
        for line in filter(None, [first, *(f"  {line}" for line in rest.splitlines())]):
            self._progress.note(line)

    def _print(self, job: "Job") -> None:
        self._progress.make_room()
        for piece in _contents([job]):
            self._command.binary_stdout.write(piece)
        self._command.binary_stdout.flush()


class Left:
    """The numbers from 0 on but for those that were removed, nearly in their order."""

    def __init__(self) -> None:
        self._first = 0
        self._removed: set[int] = set()

    def remove(self, number: int) -> None:
        """Leave it out."""
        self._removed.add(number)
        while self._first in self._removed:
            self._removed.remove(self._first)
            self._first += 1

    def __contains__(self, number: int) -> bool:
        return number >= self._first and number not in self._removed


def _contents(jobs: "Iterable[Job]") -> "Generator[bytes]":
    """The outputs of jobs, which are gone then."""
    for job in jobs:
        with open(job.output, "rb") as output:
            os.unlink(job.output)
            while piece := output.read(CHUNK_BYTES):
                yield piece
