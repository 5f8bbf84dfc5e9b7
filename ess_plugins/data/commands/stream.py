"""`ess stream`: arguments and output."""

import argparse
import math
import os
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from ess_core.errors import EssError, NothingMatchedError, PartlyDoneError
from ess_core.host.arguments import row_count, whole_number
from ess_core.host.command import BaseCommand
from ess_core.host.progress import PATIENCE_S, Progress
from ess_plugins.data.commands.categories import category
from ess_plugins.data.commands.common import add_label

if TYPE_CHECKING:
    from ess_core.nodes.executors import Executor
    from ess_core.tables.categories import Category, CategoryFile
    from ess_plugins.data.stream import Job
    from ess_plugins.data.streaming import Plan, Streamed

CHUNK_BYTES = 1 << 20
MOST_THREADS = 1024
SHOWN_LINES = 5
"""Of the end of what a command that failed said."""


class Stream(BaseCommand):
    """Run every file of a category, decompressed, through a shell command.

    The command reads a file from its stdin, and what it writes is printed in the order of files. It runs
    once for each file, several at the same time, in bash with pipefail. It is told of the file by $ESS_FILE,
    $ESS_PATH, $ESS_DATE and $ESS_COLS, or by %file, %path, %date and %cols in it where these are plain.
    START and STOP are dates, both included, such as 2014-01-31 or 2014-01-31T0530, or '*'.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("category", metavar="CATEGORY", help="the name of a category")
        parser.add_argument("start", metavar="START", help="the first date, or '*'")
        parser.add_argument("stop", metavar="STOP", help="the last date, or '*'")
        parser.add_argument(
            "command", nargs="?", default="", metavar="COMMAND", help="a shell command (default: cat)"
        )
        _add_which(parser)
        _add_how(parser)
        _add_where(parser)
        add_label(parser)

    def take_action(self, args: argparse.Namespace) -> None:
        from ess_core.files.dates import parse_range
        from ess_core.files.opening import opened
        from ess_core.nodes.executors import open_executor
        from ess_core.tables import categories
        from ess_core.tables.cache.workspace import workspace
        from ess_plugins.data.streaming import Plan

        within = parse_range(args.start, args.stop)
        chosen = category(args, args.category)
        store = opened(chosen.url, self)
        targets = self._targets(args)
        chosen = categories.fresh(chosen, store, usecache=args.usecache)
        list_files = partial(_wanted, args, chosen, within)
        wanted = self._counted(chosen, list_files())
        with ExitStack() as stack:
            work = stack.enter_context(workspace())
            executor = stack.enter_context(open_executor(self, args.threads))
            run = _Run(self, args, wanted, stack.enter_context(Progress(self)))
            plan = Plan(chosen, store, args.command, args.archive, work.spill, targets)
            (run.bulk if args.bulk else run.each)(executor, plan, list_files())
            run.finish()

    def _targets(self, args: argparse.Namespace) -> Any:
        from ess_plugins.data import stream_targets

        if args.out:
            return stream_targets.folder(args.out)
        return stream_targets.datastore(args.s3out, self) if args.s3out else None

    def _counted(self, chosen: "Category", files: "Iterator[CategoryFile]") -> int:
        """How many files can be read. Raises NothingMatchedError where there are none."""
        wanted = archived = 0
        for one in files:
            archived += one.is_archived
            wanted += not one.is_archived
        if archived:
            self.warn(f"{archived} files are archived, and are left out before they are restored")
        if wanted:
            return wanted
        if archived:
            raise EssError(
                f"all {archived} files are archived", "restore them first: aws s3api restore-object"
            )
        raise NothingMatchedError(
            f"category {chosen.name} has no such file", f"`ess summary {chosen.name}` shows what it has"
        )


class _Run:
    """What is done, and what is said of it."""

    def __init__(self, command: Stream, args: argparse.Namespace, wanted: int, progress: Progress) -> None:
        self._command, self._args, self._wanted, self._progress = command, args, wanted, progress
        self._done = self._damaged = self._failed = 0
        patience_s = PATIENCE_S if not command.app.stdout.isatty() else math.inf
        self._silent_until = time.monotonic() + (0 if args.progress else patience_s)

    def each(self, executor: "Executor", plan: "Plan", files: "Iterator[CategoryFile]") -> None:
        """Run the command for each file."""
        for job in self._good(executor, plan, files):
            if not job.target:
                self._print(job)

    def bulk(self, executor: "Executor", plan: "Plan", files: "Iterator[CategoryFile]") -> None:
        """Run the command once for all files."""
        from ess_core.files.running import feed

        jobs = self._good(executor, replace(plan, command="", targets=None), files)
        with closing(jobs), closing(_contents(jobs)) as pieces:
            if plan.targets is None:
                self._command.binary_stdout.flush()
                said = feed(plan.command or "cat", pieces, self._command.binary_stdout, is_guarded=True)
            else:
                with (plan.folder / "bulk").open("w+b") as output:
                    said = feed(plan.command or "cat", pieces, output, is_guarded=True)
                    output.seek(0)
                    plan.targets.store.put(plan.category.name, output)
        if self._command.options.debug:
            self._say_lines(plan.command, said)

    def finish(self) -> None:
        """Raise what was left undone."""
        if error := self._undone():
            raise error
        if self._args.out or self._args.s3out:
            self._command.say(f"{self._done} files written to {self._args.out or self._args.s3out}")

    def _undone(self) -> EssError | None:
        counts = {
            "failed": self._failed,
            "cut off": self._damaged,
            "not tried": self._wanted - self._done - self._failed,
        }
        what = ", ".join(f"{count} {how}" for how, count in counts.items() if count)
        if not what:
            return None
        message = f"{self._done} of {self._wanted} files done: {what}"
        return PartlyDoneError(message) if self._done else EssError(message)

    def _good(self, executor: "Executor", plan: "Plan", files: "Iterator[CategoryFile]") -> "Generator[Job]":
        """The jobs that are done, in the order of files where they are to be printed."""
        from ess_plugins.data.streaming import streamed

        readable = (one for one in files if not one.is_archived)
        in_order = self._args.bulk or not plan.targets
        with closing(streamed(executor, plan.plain(readable), in_order=in_order)) as outcomes:
            for number, outcome in enumerate(outcomes, 1):
                if time.monotonic() > self._silent_until:
                    self._progress.count("files", number, self._wanted)
                if self._is_done(outcome):
                    yield outcome.item
                elif self._args.quitonerror:
                    error = self._undone()
                    assert error
                    raise error

    def _is_done(self, outcome: "Streamed") -> bool:
        key = outcome.item.source.key
        if outcome.error:
            self._failed += 1
            self._say_failed(key, outcome.error)
            return False
        assert outcome.value
        self._done += 1
        if outcome.value.damage:
            self._damaged += 1
            self._warn(outcome.value.damage)
        if self._command.options.debug:
            self._say_lines(f"{key}: {outcome.item.about.put_into(outcome.item.command)}", outcome.value.said)
        return True

    def _say_failed(self, key: str, error: EssError) -> None:
        message = error.message if repr(key) in error.message else f"{key!r}: {error.message}"
        self._warn(message)
        said = getattr(error, "stderr", "").splitlines()[-SHOWN_LINES:-1]  # the last line is in the message
        self._say_lines(f"hint: {error.hint}" if error.hint else "", "\n".join(said))

    def _warn(self, text: str) -> None:
        self._progress.note(f"ess: warning: {text}")

    def _say_lines(self, first: str, rest: str) -> None:
        for line in filter(None, [first, *(f"  {line}" for line in rest.splitlines())]):
            self._progress.note(line)

    def _print(self, job: "Job") -> None:
        for piece in _contents([job]):
            self._command.binary_stdout.write(piece)


def _contents(jobs: "Iterable[Job]") -> "Generator[bytes]":
    """The outputs of jobs, which are gone then."""
    for job in jobs:
        with open(job.output, "rb") as output:
            os.unlink(job.output)
            while piece := output.read(CHUNK_BYTES):
                yield piece


def _wanted(args: argparse.Namespace, chosen: "Category", within: Any) -> "Iterator[CategoryFile]":
    from ess_core.files.globs import select
    from ess_core.tables import categories

    selection = select((), args.exclude)
    return islice(
        (one for one in categories.files(chosen, within) if selection.matches(one.file.key)), args.limit
    )


def _add_which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="GLOB",
        help="leave out keys that match, such as '**/_SUCCESS'; repeat for more",
    )
    parser.add_argument(
        "--archive", default="", metavar="GLOB", help="of an archive, take the members that match"
    )
    parser.add_argument("--limit", type=row_count, metavar="N", help="take the first N files only")
    parser.add_argument("--usecache", action="store_true", help="trust the stored list of files")


def _add_how(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threads",
        type=partial(whole_number, most=MOST_THREADS),
        metavar="N",
        help="work on N files at the same time (default: as many as there are cores)",
    )
    parser.add_argument(
        "--bulk", action="store_true", help="run the command once, with all files one after the other"
    )
    parser.add_argument("--quitonerror", action="store_true", help="stop at the first file that fails")
    parser.add_argument(
        "--progress", action="store_true", help="show how far it is also where the output is a terminal"
    )


def _add_where(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--out", metavar="DIR", help="write a file for each into this folder")
    group.add_argument(
        "--s3out", metavar="URL", help="write an object for each, of the same key below s3://BUCKET[/FOLDER]"
    )
