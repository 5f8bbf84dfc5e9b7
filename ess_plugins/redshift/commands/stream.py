"""`ess redshift stream`: arguments and output."""

import argparse
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from ess_core.errors import EssError, PartlyDoneError, UsageError
from ess_core.files.damage import FailedError
from ess_core.host.cleaning import add_cleaning, warn_ready
from ess_core.host.command import Display
from ess_core.host.progress import Progress, watched
from ess_core.phrases import archived, count
from ess_plugins.redshift.arguments import USAGE, streamed
from ess_plugins.redshift.commands.common import STDIN, add_datastore, add_warehouse, connector, warehouse_of
from ess_plugins.redshift.commands.load_options import add_how, add_what, changed, row_count
from ess_plugins.redshift.copying.options import copy_options
from ess_plugins.redshift.keys import columns
from ess_plugins.redshift.warehouse import Warehouse

if TYPE_CHECKING:
    from ess_core.host.formats import Formatter
    from ess_plugins.redshift.loading.access import Access
    from ess_plugins.redshift.loading.flow import Means
    from ess_plugins.redshift.loading.job import Done, Job

_SHOWN = 100
_SHOWN_LINES = 5  # of the end of what a command that failed said
_AGAIN = "`ess redshift register`"


class Stream(Display):
    """Load the files of a category into a table, each exactly once.

    They are cleaned, checked against the table, and copied in one transaction with their entries in the
    ledger, so that the same command again loads only what is new. Rows that do not fit are shown with file,
    line, column, value and reason. With COMMAND each file goes through that shell command first, as `ess
    stream` does it, and what it writes are the rows: CSV with the table's columns in their order.
    START and STOP are dates, both included, such as 2014-01-31 or 2014-01-31T0530, or '*'.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("words", nargs="*", metavar=USAGE, help="what to load through what into what")
        parser.add_argument(
            "--command", metavar="COMMAND", help="the command, where it is not among the words"
        )
        parser.add_argument(
            "--delimiter",
            metavar="TEXT",
            help=r"what is between the cells that the command writes, such as '\t' (default: a comma)",
        )
        add_how(parser)
        add_what(parser)
        parser.add_argument(
            "--limit",
            type=row_count,
            default=_SHOWN,
            metavar="N",
            help=f"show the first N rejected rows (default: {_SHOWN}; 0: all)",
        )
        add_cleaning(parser)
        add_datastore(parser)
        add_warehouse(parser)

    def take_action(self, args: argparse.Namespace) -> None:
        """Load, show what was rejected, and say what was done."""
        from ess_plugins.redshift.loading.flow import done

        formatter = self.prepared(args)
        job = self._job(args)
        began = time.monotonic()
        with ExitStack() as opened:
            with self._explained(), Progress(self) as progress:
                found = opened.enter_context(done(job, self._means(args, progress)))
            took_s = time.monotonic() - began
            try:
                self._show(args, formatter, found)
            finally:  # what is committed is said, whatever becomes of the output
                self._say(found, took_s)
            self._raise(found)

    def _means(self, args: argparse.Namespace, progress: Progress) -> "Means":
        from ess_plugins.redshift.loading.flow import Means

        warehouse = warehouse_of(self, args.label)
        return Means(
            context=self,
            connect=connector(self, warehouse, STDIN if args.password_stdin else None),
            staging="" if args.dry_run else _staging(warehouse),
            access=self._access(args, warehouse),
            progress=progress,
            watch=partial(watched, self, text="files"),
            warn=self.warn,
        )

    def _access(self, args: argparse.Namespace, warehouse: Warehouse) -> "Access | None":
        from ess_plugins.redshift.loading.access import Role, session_keys

        if args.dry_run:
            return None
        if args.copy_keys:
            return session_keys(self.cloud)
        if warehouse.iam_role:
            return Role(warehouse.iam_role)
        raise UsageError(
            f"it is not known as whom COPY of {warehouse.title} reads the bucket",
            f"iam_role in [Redshift] of instance.conf, or {_AGAIN} --iam-role …; or --copy-keys",
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Show the end of what a command said that fails; its last line is in the message."""
        try:
            yield
        except FailedError as error:
            for line in error.stderr.splitlines()[-_SHOWN_LINES:-1]:
                self.say(f"  {line}")
            raise

    def _show(self, args: argparse.Namespace, formatter: "Formatter", found: "Done") -> None:
        from ess_plugins.redshift.loading.badrows import BadRow, bad_rows

        if found.rows_rejected or args.output_format != self.default_format:
            self.emit(formatter, BadRow._fields, bad_rows(found, args.limit or None), args)
        if 0 < args.limit < found.rows_rejected:
            shown, all_ = f"{args.limit:,}", f"{found.rows_rejected:,}"
            self.say(f"these are the first {shown} of {all_} rejected rows: --limit 0 shows all")

    def _say(self, found: "Done", seconds: float) -> None:
        from ess_plugins.redshift.loading.summary import summary

        if found.archived:
            self.warn(archived(found.archived))
        if found.ready:
            warn_ready(self, [found.ready])
        for problem in found.refused:
            self.warn(problem)
        if found.loaded and (number := found.files_without_rows):
            self.warn(
                f"no row of {count(number, 'file')} fits, and {'it counts' if number == 1 else 'they count'} "
                "as loaded: --append, with other options, or --replace-table load again"
            )
        for line in summary(found, seconds):
            self.say(line)

    def _raise(self, found: "Done") -> None:
        if found.has_too_many_rejects:
            are = "is" if found.rows_rejected == 1 else "are"
            raise EssError(
                f"{count(found.rows_rejected, 'row')} {are} rejected, "
                f"and {found.job.max_rejects:,} may be: nothing is loaded"
            )
        if found.ready and not (found.staged or found.known):
            raise EssError("none of the files can be used, and nothing is loaded")
        if bad := len(found.problems):
            raise PartlyDoneError(f"{count(bad, 'file')} could not be loaded whole")

    def _job(self, args: argparse.Namespace) -> "Job":
        from ess_core.tables import categories
        from ess_core.tables.sniffing import given
        from ess_plugins.redshift.loading.job import Job
        from ess_plugins.redshift.loading.stage import Stage

        words = streamed(args.words, args.command)
        if args.delimiter is not None and not words.command:
            raise UsageError("--delimiter is of what a command writes, and there is no command")
        return Job(
            category=categories.named(words.category, args.datastore, "--datastore"),
            within=words.within,
            table=words.table,
            command=words.command,
            delimiter="," if args.delimiter is None else given.delimiter(args.delimiter),
            options=copy_options(args.copy_option, args.options),
            stage=Stage(args.stage) if args.stage else None,
            changed=changed(args),
            upsert_key=tuple(columns(args.upsert_key, "--upsert-key")) if args.upsert_key is not None else (),
            replace_table=args.replace_table,
            add_columns=args.add_columns,
            isolate=args.isolate,
            max_rejects=args.max_rejects,
            skip_bad_files=args.skip_bad_files,
            fresh=args.fresh,
            usecache=args.usecache,
            threads=args.threads,
            master=args.master,
            is_trial=args.dry_run,
        )


def _staging(warehouse: Warehouse) -> str:
    if not warehouse.staging:
        raise UsageError(
            f"there is no place for the files that COPY of {warehouse.title} is to read",
            f"staging: s3://BUCKET/FOLDER in [Redshift] of instance.conf, or {_AGAIN} --staging s3://…",
        )
    return warehouse.staging
