"""`ess query`: arguments and output."""

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from ess_core.files.sizes import size_text
from ess_core.host.arguments import byte_count, whole_number
from ess_core.host.cleaning import add_cleaning, raise_problems, say_ready
from ess_core.host.command import Lister
from ess_core.host.escape import escape
from ess_core.host.progress import PATIENCE_S, Progress
from ess_core.host.rows import Table as Rows
from ess_core.nodes.cores import usable_cores
from ess_core.phrases import count
from ess_plugins.data.commands.common import add_label, url_of

if TYPE_CHECKING:
    from ess_core.tables.asking.question import Question, Table
    from ess_core.tables.asking.readying import Outlook
    from ess_core.tables.asking.session import Limits, Session
    from ess_core.tables.prepared import Prepared

NESTED = {"json", "ndjson", "yaml"}
"""Formats that have lists, mappings and truth values of their own."""

PLAN = "plan"
"""What is not shown on one line."""

_MOST_REJECTS = 10**12
_MEGABYTE = 10**6
_WIDTH = 10  # of what stands in front of a line of --explain


class Query(Lister):
    """Ask in SQL what is in the files of categories.

    A table is CATEGORY:START:STOP, or CATEGORY for all of its files: 2014-09-01, 2014-09-01T0530, or * for an
    open end, both ends included. Files are cleaned once, and from then on read from the cache. The query is
    one SELECT of DuckDB, and reads nothing but the categories it names.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "sql", metavar="SQL", help="such as 'select count(*) from web:2014-09-01:2014-09-10'"
        )
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--check", action="store_true", help="say what the columns are, and clean nothing")
        how.add_argument(
            "--explain", action="store_true", help="say which files are read and how, and clean nothing"
        )
        add_label(parser)
        add_cleaning(parser)
        parser.add_argument(
            "--max-rejects",
            type=_reject_count,
            metavar="N",
            help="print nothing where more rows than that are rejected",
        )
        parser.add_argument(
            "--memory",
            type=byte_count,
            metavar="SIZE",
            help="what the query may take before it uses the disk, such as 4G (default: half of all)",
        )

    def run(self, args: argparse.Namespace) -> int:
        """Run the command; the cleaned files are there as long as it writes."""
        with ExitStack() as self._open:
            if not args.explain or args.output_format != self.default_format or args.output_columns:
                return super().run(args)
            for what, detail in self.take_action(args)[1]:
                self.app.stdout.write(
                    f"{detail}\n" if what == PLAN else f"{what:<{_WIDTH}}{escape(detail)}\n"
                )
            return 0

    def take_action(self, args: argparse.Namespace) -> Rows:
        from ess_core.tables.asking.question import asked
        from ess_core.tables.asking.session import session

        question = asked(args.sql, url_of(args.label), only=bool(args.label))
        limits = self._limits(args)
        with session(question, {}, limits) as empty:
            empty.check()  # what is wrong with the query is said before anything is cleaned
            if args.check:
                return ("column", "type"), self._columns(empty)
        if args.explain:
            return ("what", "detail"), self._explanation(question, limits, args)
        found = self._ready(question, args)
        paths = {table: one.paths for table, one in found.items()}
        asking = self._open.enter_context(session(question, paths, limits))
        with Progress(self) as progress:
            watch = partial(_show, progress, time.monotonic())
            names, rows = asking.answer(nested=args.output_format in NESTED, watch=watch)
        return names, _all(rows, list(found.values()))

    def _columns(self, empty: "Session") -> list[tuple[str, str]]:
        if empty.is_by_data:
            self.warn("the columns depend on the data, as PIVOT without IN looks for them there")
            return []
        return [(one.name, one.type) for one in empty.columns()]

    def _limits(self, args: argparse.Namespace) -> "Limits":
        from ess_core.tables.asking.confinement import memory_limit_mb
        from ess_core.tables.asking.session import Limits
        from ess_core.tables.cache.workspace import workspace

        memory_mb = memory_limit_mb() if args.memory is None else max(1, args.memory // _MEGABYTE)
        spill = self._open.enter_context(workspace()).spill
        return Limits(memory_mb, spill, args.threads or usable_cores())

    def _ready(self, question: "Question", args: argparse.Namespace) -> "dict[Table, Prepared]":
        from ess_core.tables.asking.readying import Terms, ready

        terms = Terms(
            args.threads, args.fresh, args.usecache, args.skip_bad_files, args.max_rejects, args.master
        )
        with Progress(self) as progress:
            found = self._open.enter_context(ready(question, self, terms, progress))
        if found:
            say_ready(self, list(found.values()))
        for table, one in found.items():
            if not (one.files or one.archived):
                self.warn(f"there are no files of {table}")
        return found

    def _explanation(
        self, question: "Question", limits: "Limits", args: argparse.Namespace
    ) -> Iterator[tuple[str, str]]:
        from ess_core.tables.asking.readying import foretold
        from ess_core.tables.asking.session import session

        with foretold(question, self, usecache=args.usecache) as found:
            for table, one in found.items():
                yield "table", f"{table}: {_outlook(one)}"
                for file, is_cached in one.by_file:
                    yield "cached" if is_cached else "to clean", file.key
            yield "sql", question.sql
            paths = {table: one.paths(limits.spill) for table, one in found.items()}
            with session(question, paths, limits) as asking:
                yield PLAN, asking.plan()


def _show(progress: Progress, began: float, percent: float) -> None:
    if time.monotonic() - began > PATIENCE_S:
        progress.count("percent of the query", round(percent), 100)


def _outlook(one: "Outlook") -> str:
    size = size_text(sum(file.file.size for file in one.files))
    missing = len(one.files) - len(one.cached.files)
    return f"{count(len(one.files), 'file')}, {size}; {missing:,} to clean"


def _all(rows: "Iterator[Sequence[Any]]", found: "Sequence[Prepared]") -> "Iterator[Sequence[Any]]":
    yield from rows
    raise_problems(found)


def _reject_count(text: str) -> int:
    return whole_number(text, _MOST_REJECTS, least=0)
