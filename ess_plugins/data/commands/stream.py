"""`ess stream`: arguments and output."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from ess_core.errors import EssError, NothingMatchedError
from ess_core.files.opening import opened
from ess_core.host.arguments import add_exclude, add_master, row_count, whole_number
from ess_core.host.command import BaseCommand
from ess_core.host.progress import Progress
from ess_core.phrases import archived
from ess_plugins.data.commands.categories import category, counted
from ess_plugins.data.commands.common import add_label
from ess_plugins.data.commands.streamed import Run

if TYPE_CHECKING:
    from ess_core.files.dates import Range
    from ess_core.nodes.executors import Executor
    from ess_core.tables.categories import Category, CategoryFile
    from ess_core.tables.prepared import PreparedFile
    from ess_plugins.data.stream_targets import Targets

MOST_THREADS = 1024


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
        from ess_core.nodes.executors import open_executor
        from ess_core.tables import categories
        from ess_core.tables.cache.workspace import workspace
        from ess_plugins.data.streaming import Plan

        within = parse_range(args.start, args.stop)
        found = category(args, args.category)
        store = opened(found.url, self)
        targets = self._targets(args)
        found = categories.fresh(found, store, counted(self), usecache=args.usecache)
        found = replace(found, members=args.archive or found.members)
        wanted = self._counted(found, _wanted(args, categories.files(found, within)))
        with ExitStack() as stack:
            work = stack.enter_context(workspace())
            executor = stack.enter_context(open_executor(self, args.threads, master=args.master))
            progress = stack.enter_context(Progress(self))
            plan = Plan(found, store, args.command, work.spill, targets)
            each = replace(plan, command="", targets=None) if args.bulk else plan
            if args.clean:
                ready = self._cleaned(args, found, within, executor, progress)
                jobs = each.cleaned(stack.enter_context(ready))
            else:
                jobs = each.plain(_wanted(args, categories.files(found, within)))
            run = Run(self, args, wanted, progress)
            (run.bulk if args.bulk else run.each)(executor, plan, jobs)
            run.finish(_keys(args, categories.files(found, within)))

    @contextmanager
    def _cleaned(
        self,
        args: argparse.Namespace,
        found: "Category",
        within: "Range",
        executor: "Executor",
        progress: Progress,
    ) -> "Iterator[Sequence[PreparedFile]]":
        from ess_core.tables.preparing import prepared

        with prepared(
            found,
            within,
            executor,
            self,
            usecache=True,  # they were listed a moment ago
            skip_bad_files=True,
            progress=progress,
            chosen=partial(_wanted, args),
        ) as ready:
            if ready.rows_rejected:
                self.say(
                    f"{ready.rows_rejected} of {ready.rows_read} rows are rejected: "
                    f"`ess category rejects {found.name}` says why"
                )
            yield ready.files

    def _targets(self, args: argparse.Namespace) -> "Targets | None":
        from ess_plugins.data import stream_targets

        if args.out:
            return stream_targets.folder(args.out)
        return stream_targets.datastore(args.s3out, self) if args.s3out else None

    def _counted(self, chosen: "Category", files: "Iterator[CategoryFile]") -> int:
        """How many files can be read. Raises NothingMatchedError where there are none."""
        wanted = unreadable = 0
        for one in files:
            unreadable += one.is_archived
            wanted += not one.is_archived
        if unreadable and not wanted:
            raise EssError(archived(unreadable), "restore them first: aws s3api restore-object")
        if unreadable:
            self.warn(archived(unreadable))
        if wanted:
            return wanted
        raise NothingMatchedError(
            f"category {chosen.name} has no such file", f"`ess summary {chosen.name}` shows what it has"
        )


def _wanted(args: argparse.Namespace, files: "Iterable[CategoryFile]") -> "Iterator[CategoryFile]":
    from ess_core.files.globs import select

    selection = select((), args.exclude)
    found = (one for one in files if selection.matches(one.file.key))
    if args.only:
        from ess_plugins.data import undone

        only = undone.keys(args.only)
        found = (one for one in found if one.file.key in only)
    return islice(found, args.limit)


def _keys(args: argparse.Namespace, files: "Iterable[CategoryFile]") -> "Iterator[str]":
    """The keys of what is streamed, by the numbers of their jobs."""
    return (one.file.key for one in _wanted(args, files) if not one.is_archived)


def _add_which(parser: argparse.ArgumentParser) -> None:
    add_exclude(parser)
    parser.add_argument(
        "--archive", metavar="PATTERN", help="which members of archives, instead of the category's"
    )
    parser.add_argument(
        "--only", metavar="FILE", help="take only the files whose keys are in FILE, one on a line"
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
    add_master(parser)
    parser.add_argument(
        "--bulk", action="store_true", help="run the command once, with all files one after the other"
    )
    parser.add_argument(
        "--clean", action="store_true", help="give the command the cleaned rows, cells with tabs between them"
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
