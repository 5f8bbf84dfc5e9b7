"""`ess redshift gentable`: arguments and output."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from ess_core.errors import NothingMatchedError
from ess_core.files.dates import parse_range
from ess_core.files.moments import OPEN
from ess_core.host.cleaning import add_cleaning, raise_problems, say_ready
from ess_core.host.command import BaseCommand
from ess_core.host.progress import Progress
from ess_core.phrases import count
from ess_plugins.redshift.coltypes import LONGEST_VARCHAR
from ess_plugins.redshift.commands.common import STDIN, add_datastore, add_warehouse, connector, warehouse_of
from ess_plugins.redshift.ddl import Table, overlong, table
from ess_plugins.redshift.keys import Keys, keys
from ess_plugins.redshift.loading.target import check_schema
from ess_plugins.redshift.making import make
from ess_plugins.redshift.measuring import longest_bytes
from ess_plugins.redshift.sql.quoting import folded, table_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from ess_core.tables.categories import Category
    from ess_core.tables.prepared import Prepared
    from ess_plugins.redshift.connecting import Connection


class Gentable(BaseCommand):
    """Make the table that fits a category.

    Its files are cleaned, and texts get room for the longest there are and half as much again. A column
    _file_id says which file a row is from, so that a file that changed can be loaded anew. The category's
    key becomes the primary key, unless --key names another. A table that is there already, and fits, stays
    as it is.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("table", metavar="TABLE", help="the table to make: NAME or SCHEMA.NAME")
        parser.add_argument("category", metavar="CATEGORY", help="the category whose rows it is for")
        parser.add_argument(
            "start", nargs="?", default=OPEN, metavar="START", help="measure files from this date on, or *"
        )
        parser.add_argument(
            "stop", nargs="?", default=OPEN, metavar="STOP", help="and up to this one, with all of that day"
        )
        parser.add_argument(
            "--key",
            action="append",
            default=[],
            metavar="'COLUMN = ATTRIBUTE'",
            help="distkey, sortkey, not null, primary key or encode ENCODING; repeat for more",
        )
        parser.add_argument(
            "--sortkey",
            action="append",
            default=[],
            metavar="COLUMNS",
            help="the columns that rows are sorted by, with commas between",
        )
        parser.add_argument("--no-file-id", action="store_true", help="leave out the column _file_id")
        parser.add_argument(
            "--dry-run", action="store_true", help="print the SQL, and neither connect nor make anything"
        )
        add_datastore(parser)
        add_cleaning(parser)
        add_warehouse(parser)

    def take_action(self, args: argparse.Namespace) -> None:
        from ess_core.tables import categories
        from ess_core.tables.preparing import cleaners, prepared

        name = table_name(args.table)  # what is wrong with it is said before anything is cleaned
        category = categories.named(args.category, args.datastore, "--datastore")
        wanted = _with_primary(keys(args.key, args.sortkey), category)
        within = parse_range(args.start, args.stop)
        table(name, category.recipe.columns, {}, wanted, file_id=not args.no_file_id)
        connect = None if args.dry_run else self._connector(args)
        if connect:
            with connect() as connection:
                check_schema(connection, name)
        with Progress(self) as progress, cleaners(self, args.threads, master=args.master) as executor:
            ready = prepared(
                category,
                within,
                executor,
                self,
                fresh=args.fresh,
                usecache=args.usecache,
                skip_bad_files=args.skip_bad_files,
                progress=progress,
            )
            with ready as found:
                self._make(args, found, wanted, connect)

    def _connector(self, args: argparse.Namespace) -> "Callable[[], Connection]":
        return connector(self, warehouse_of(self, args.label), STDIN if args.password_stdin else None)

    def _make(
        self,
        args: argparse.Namespace,
        ready: "Prepared",
        wanted: Keys,
        connect: "Callable[[], Connection] | None",
    ) -> None:
        if not ready.files:
            raise NothingMatchedError(
                f"there are no files of {ready.category.name} from {args.start} to {args.stop} to measure"
            )
        say_ready(self, [ready])
        columns = ready.category.recipe.columns
        longest = longest_bytes(ready.paths, columns, ready.work.spill)
        for name in overlong(columns, longest):
            self.warn(
                f"column {name} has texts of up to {longest[name]:,} bytes, and Redshift has room for "
                f"{LONGEST_VARCHAR:,}: rows with longer ones are not loaded without TRUNCATECOLUMNS"
            )
        made = table(table_name(args.table), columns, longest, wanted, file_id=not args.no_file_id)
        if connect is None:
            self.app.stdout.write(f"{made};\n")
        else:
            with connect() as connection:
                self._say_made(made, is_new=make(connection, made, columns, longest))
        raise_problems([ready])

    def _say_made(self, made: Table, *, is_new: bool) -> None:
        name = made.name.title
        columns = count(len(made.columns), "column")
        self.say(f"made table {name}: {columns}" if is_new else f"table {name} is there, and fits")


def _with_primary(wanted: Keys, category: "Category") -> Keys:
    """The keys, with the category's own as the primary key where none is said."""
    if wanted.primary or not category.pkey:
        return wanted
    return replace(wanted, primary=(folded(category.pkey),))
