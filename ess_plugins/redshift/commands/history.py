"""`ess redshift history`: arguments and output."""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields, replace
from typing import Any

from ess_core.host.command import Lister
from ess_plugins.redshift.commands.common import STDIN, add_warehouse, connected, warehouse_of
from ess_plugins.redshift.loading import history
from ess_plugins.redshift.loading.history import Asked, PastFile, PastLoad
from ess_plugins.redshift.sql.quoting import table_name

_LIMIT = 100


class History(Lister):
    """Show what was loaded into the tables of the warehouse, the newest first.

    It is what the ledger tells, the table public.ess_load_ledger. With an id of a load, or --files, each file
    has a row.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "load", nargs="?", default="", metavar="LOAD", help="the id of a load, or its beginning"
        )
        parser.add_argument("--table", metavar="TABLE", help="only what was loaded into this table")
        parser.add_argument("--files", action="store_true", help="show each file")
        parser.add_argument(
            "--limit",
            type=_count,
            default=_LIMIT,
            metavar="N",
            help=f"show so many rows at most (default: {_LIMIT}; 0: all)",
        )
        add_warehouse(parser)

    def take_action(self, args: argparse.Namespace) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        asked = Asked(table_name(args.table) if args.table else None, args.load, args.limit)
        by_file = bool(args.files or args.load)
        kind: type[PastFile] | type[PastLoad] = PastFile if by_file else PastLoad
        warehouse = warehouse_of(self, args.label)
        with connected(self, warehouse, STDIN if args.password_stdin else None) as connection:
            found = (history.files if by_file else history.loads)(connection, asked)
        if not found:
            self.say(_nothing(asked))
        elif len(found) == args.limit:
            self.say(f"these are the newest {args.limit}: --limit 0 shows all")
        shown = (replace(one, table=table_name(one.table).title) for one in found)
        return [field.name for field in fields(kind)], map(astuple, shown)


def _nothing(asked: Asked) -> str:
    """What is said where nothing of what was asked for was loaded."""
    into = f" into {asked.table.title}" if asked.table else ""
    by = f" by a load whose id begins with {asked.load_id!r}" if asked.load_id else ""
    return f"nothing was loaded{into}{by}" if into or by else "nothing was loaded yet"


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)
