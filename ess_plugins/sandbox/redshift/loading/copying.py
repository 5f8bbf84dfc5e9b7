"""Run a COPY in a session."""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from ess_plugins.sandbox.redshift.loading.feeding import Feed, RowRefusedError
from ess_plugins.sandbox.redshift.loading.log import now
from ess_plugins.sandbox.redshift.loading.outcome import BadRow, Origin, Tally, Target, TooManyError
from ess_plugins.sandbox.redshift.loading.parquet import ParquetFiles
from ess_plugins.sandbox.redshift.loading.problems import s3_problem, table_problem
from ess_plugins.sandbox.redshift.loading.s3 import S3Object, objects, read
from ess_plugins.sandbox.redshift.loading.scratch import scratch
from ess_plugins.sandbox.redshift.loading.slices import in_order
from ess_plugins.sandbox.redshift.loading.textfiles import TextFiles
from ess_plugins.sandbox.redshift.session import DroppedError
from ess_plugins.sandbox.redshift.sql.copies import Copy
from ess_plugins.sandbox.redshift.sql.rewriting import Load
from ess_plugins.sandbox.redshift.sql.tokens import identifier, literal, refused
from ess_plugins.sandbox.redshift.wire.messages import RefusedError, Report, message

if TYPE_CHECKING:
    from ess_plugins.sandbox.redshift.session import Session

_PLACE = re.compile(r"line (\d+)(?:, column (.+?))?(?::|$)")
_VALUE_ERRORS = ("22", "23")
"""Classes of PostgreSQL's errors that a value is to blame for."""
_MISSING = "23502"


class Copying:
    """One COPY of one session."""

    def __init__(self, session: "Session", load: Load) -> None:
        self._session = session
        self._load = load
        self._copy = load.copy
        self._log = session.warehouse.log
        self._query = self._log.new_query()
        self._started = now()

    def run(self) -> bool:
        """Load and tell the client. Raises RefusedError where it fails, DroppedError where it is planned."""
        tally = Tally()
        try:
            self._load_all(tally)
        except RefusedError as error:
            self._note(tally, error.report)
            raise
        self._note(tally, None)
        self._succeed(0 if self._copy.has("NOLOAD") else tally.rows, len(tally.bad))
        return True

    def _load_all(self, tally: Tally) -> None:
        """Load the rows. Raises RefusedError."""
        self._fail_if_planned()
        targets = self._filled(self._columns())
        names = ", ".join(identifier(target.name) for target in targets)
        feed = None if self._copy.has("NOLOAD") else Feed(self._session, self._copy.table.sql, names)
        try:
            with closing(self._rows(targets, tally)) as files, feed or nullcontext():
                for rows in files:
                    for piece in rows:
                        if feed:
                            feed.send(piece)
                    if feed:
                        feed.check()
        except RowRefusedError as error:
            raise self._problem(error, targets, tally) from None
        except TooManyError:
            raise table_problem(self._copy.table.last) from None

    def _fail_if_planned(self) -> None:
        fault = self._session.warehouse.fault("copy_s3_503", "drop_in_copy")
        if fault == "drop_in_copy":
            raise DroppedError(fault)
        if fault:
            raise s3_problem("Please reduce your request rate.", 503, "SlowDown", self._copy.source)

    def _rows(self, targets: Sequence[Target], tally: Tally) -> Generator[Iterator[bytes], None, None]:
        """Those of each file, while other files are read. Raises RefusedError and TooManyError."""
        s3 = self._session.warehouse.buckets.client(self._copy.access)
        with _files(self._copy, targets, tally) as files:

            def made(item: S3Object) -> Any:
                content = read(s3, item)
                return None if content is None else files.prepared(content, item.url)

            with closing(in_order(made, objects(s3, self._copy))) as prepared:
                for item, file in prepared:
                    if file is not None:
                        yield files.rows(file, item.url)

    def _columns(self) -> list[tuple[Target, bool]]:
        """The table's columns, and which of them number themselves."""
        found = self._session.ask(
            "SELECT a.attname, format_type(a.atttypid, NULL), a.atttypmod - 4, a.attnotnull, a.attrelid,"
            " a.atttypid IN (1042, 1043), a.attidentity <> ''"
            f" FROM pg_attribute a WHERE a.attrelid = {literal(self._copy.table.sql)}::regclass"
            " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
        )
        return [
            (Target(name, kind, int(size) if texts == "t" else 0, null == "t", int(table)), numbers == "t")
            for name, kind, size, null, table, texts, numbers in map(_filled_row, found.rows)
        ]

    def _filled(self, columns: list[tuple[Target, bool]]) -> list[Target]:
        """Those that the files fill."""
        if not self._copy.columns:
            explicit = self._copy.has("EXPLICIT_IDS")
            return [target for target, numbers in columns if explicit or not numbers]
        known = {target.name: target for target, _ in columns}
        for name in self._copy.columns:
            if name not in known:
                table = self._copy.table.last
                raise refused(f'column "{name}" of relation "{table}" does not exist', "42703")
        return [known[name] for name in self._copy.columns]

    def _problem(self, error: RowRefusedError, targets: Sequence[Target], tally: Tally) -> RefusedError:
        """What PostgreSQL found in a row that we did not is a bad row too."""
        place = _PLACE.search(error.fields.get("W", ""))
        if place and error.report.code.startswith(_VALUE_ERRORS):
            row = int(place[1])
            if origin := tally.origin(row):
                column = next(
                    (target for target in targets if target.name == (place[2] or "").strip('"')), None
                )
                tally.bad.append(_bad_row(origin, row, column, error.report))
                return table_problem(self._copy.table.last)
        return error

    def _note(self, tally: Tally, failure: Report | None) -> None:
        self._log.bad_rows(self._query, self._session.pid, self._started, tally.bad)
        if not failure:
            self._log.files(self._query, tally.counts)
        self._log.query(self._query, self._session.pid, self._started, self._load.text, tally.rows, failure)

    def _succeed(self, rows: int, bad: int) -> None:
        settings = {"copy_count": rows, "copy_id": self._query}
        calls = (f"set_config('ess_sandbox.{name}', '{value}', false)" for name, value in settings.items())
        self._session.ask(f"SELECT {', '.join(calls)}")
        table = self._copy.table.last
        if bad:
            told = f"Load into table '{table}' completed, {bad} record(s) could not be loaded."
            detail = "Check 'sys_load_error_detail' system table for details."
            self._session.say(Report(f"{told}  {detail}", "00000", severity="INFO"))
        told = f"Load into table '{table}' completed, {rows} record(s) loaded successfully."
        self._session.say(Report(told, "00000", severity="INFO"))
        self._session.client.send(message(b"C", b"COPY\0"))


@contextmanager
def _files(copy: Copy, targets: Sequence[Target], tally: Tally) -> Iterator[Any]:
    """What makes rows of the files of this format."""
    if copy.format != "PARQUET":
        yield TextFiles(copy, targets, tally)
        return
    with scratch() as (engine, folder):
        yield ParquetFiles(copy, targets, tally, engine, folder)


def _bad_row(origin: Origin, row: int, column: Target | None, failure: Report) -> BadRow:
    code = 1213 if failure.code == _MISSING else 1207
    return BadRow(origin.file, origin.line(row), column, "", "", code, failure.message)


def _filled_row(row: list[str | None]) -> list[str]:
    return [value or "" for value in row]
