"""`ess redshift sql`: arguments and output."""

import argparse
from collections.abc import Iterable
from contextlib import ExitStack
from typing import TextIO

from ess_core.errors import UsageError
from ess_core.host.command import Display
from ess_core.host.formats import Formatter
from ess_plugins.redshift import unloading
from ess_plugins.redshift.cells import cells
from ess_plugins.redshift.commands.common import (
    STDIN,
    Via,
    add_via,
    add_warehouse,
    connected,
    data_api,
    warehouse_of,
)
from ess_plugins.redshift.commands.unloads import COLUMNS, add_unload, rows_of, told, unload_of
from ess_plugins.redshift.dataapi import running as dataapi
from ess_plugins.redshift.running import Result, Script, place, run
from ess_plugins.redshift.sql import parameters
from ess_plugins.redshift.sql.splitting import Statement, statements
from ess_plugins.redshift.unloading import Unloaded
from ess_plugins.redshift.warehouse import Warehouse

_NESTED = {"json", "ndjson", "yaml"}
"""Formats that have truth values of their own."""


class Sql(Display):
    """Run SQL statements in the warehouse, and show what they answer.

    Each statement is committed by itself, as in psql, unless the SQL says BEGIN or --single-transaction is
    given. The first that fails ends it. Answers of any length take little memory in the formats csv, value,
    ndjson, tsv and text; what is larger than a cursor may be goes into a bucket with --unload.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "sql", nargs="?", metavar="SQL|-", help="statements with ; between them, or - for those of stdin"
        )
        parser.add_argument("--file", metavar="FILE", help="read the statements from this file")
        parser.add_argument(
            "--param",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="the value of :NAME in the SQL, sent beside it; repeat for more",
        )
        parser.add_argument(
            "--single-transaction", action="store_true", help="commit at the end, all of it or nothing"
        )
        add_unload(parser)
        add_via(parser)
        add_warehouse(parser)

    def take_action(self, args: argparse.Namespace) -> None:
        """Run the statements; each that answers with rows has an output of its own."""
        formatter = self.prepared(args)
        unload = unload_of(args)
        script = Script(self._statements(args), parameters.given(args.param), args.single_transaction)
        script.check()
        if args.via == Via.DATA_API:
            dataapi.check(script)
        warehouse = warehouse_of(self, args.label)
        if unload:
            sql = unloading.statement(unload, script.statements, script.values, warehouse)
            done = self._unloaded(sql, warehouse, args)
            self.say(told(done, unload))
            self.emit(formatter, COLUMNS, rows_of(done), args)
        elif args.via == Via.DATA_API:
            self._show(dataapi.run(data_api(self, warehouse), script), formatter, args)
        else:
            self._connect_and_run(script, warehouse, formatter, args)

    def _connect_and_run(
        self, script: Script, warehouse: Warehouse, formatter: Formatter, args: argparse.Namespace
    ) -> None:
        with connected(self, warehouse, STDIN if args.password_stdin else None) as connection:
            self._show(run(connection, script), formatter, args)
            if connection.in_transaction:
                self.warn("the transaction that the SQL began is not committed, and is rolled back")

    def _unloaded(self, sql: str, warehouse: Warehouse, args: argparse.Namespace) -> Unloaded:
        if args.via == Via.DATA_API:
            return unloading.run_by_api(data_api(self, warehouse), sql)
        with connected(self, warehouse, STDIN if args.password_stdin else None) as connection:
            return unloading.run(connection, sql)

    def _show(self, results: Iterable[Result], formatter: Formatter, args: argparse.Namespace) -> None:
        as_cells = cells(nested=args.output_format in _NESTED)
        for result in results:
            for notice in result.notices:
                self.say(notice)
            if result.names:
                self.emit(formatter, result.names, map(as_cells, result.rows), args)
            else:
                self.say(_done(result))

    def _statements(self, args: argparse.Namespace) -> list[Statement]:
        if (args.sql is None) == (args.file is None):
            raise UsageError(
                "there is no SQL" if args.sql is None else "there is SQL and a --file",
                'ess redshift sql "SELECT …", or --file FILE, or - for stdin',
            )
        if args.sql == STDIN and args.password_stdin:
            raise UsageError("both the SQL and the password are to come from stdin", "use --file")
        with ExitStack() as opened:
            return list(statements(self._source(args, opened)))

    def _source(self, args: argparse.Namespace, opened: ExitStack) -> TextIO | str:
        if args.sql == STDIN:
            return self.app.stdin
        if args.sql is not None:
            return str(args.sql)
        try:
            return opened.enter_context(open(args.file, encoding="utf-8", newline=""))
        except OSError as error:
            raise UsageError(f"cannot read {args.file}: {error.strerror}") from error


def _done(result: Result) -> str:
    where = place(result.number, result.statement.line)
    if result.changed < 0:
        return f"{where}: done"
    return f"{where}: {result.changed:,} row{'' if result.changed == 1 else 's'}"
