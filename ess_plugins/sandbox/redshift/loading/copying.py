"""Run a COPY in a session."""

import re
import tempfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

from ess_plugins.sandbox.redshift.loading.log import now
from ess_plugins.sandbox.redshift.loading.outcome import BadRow, Origin, Ready, Target, TooManyError
from ess_plugins.sandbox.redshift.loading.parquet import ParquetFiles
from ess_plugins.sandbox.redshift.loading.problems import s3_problem, table_problem
from ess_plugins.sandbox.redshift.loading.s3 import objects, read
from ess_plugins.sandbox.redshift.loading.slices import in_order
from ess_plugins.sandbox.redshift.loading.textfiles import TextFiles
from ess_plugins.sandbox.redshift.session import DroppedError
from ess_plugins.sandbox.redshift.sql.rewriting import Load
from ess_plugins.sandbox.redshift.sql.tokens import identifier, literal, refused
from ess_plugins.sandbox.redshift.wire import messages
from ess_plugins.sandbox.redshift.wire.messages import RefusedError, Report, message, report_fields

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
        self._spool = tempfile.TemporaryFile(dir=session.warehouse.spool)  # noqa: SIM115 - run() closes it

    def run(self) -> bool:
        """Load and tell the client. Raises RefusedError where it fails, DroppedError where it is planned."""
        ready: Ready | None = None
        try:
            ready = self._collected()
            if not self._copy.has("NOLOAD"):
                self._feed(ready)
        except RefusedError as error:
            self._note(ready, error.report)
            raise
        finally:
            self._spool.close()
        self._note(ready, None)
        self._succeed(0 if self._copy.has("NOLOAD") else ready.rows, len(ready.bad))
        return True

    def _collected(self) -> Ready:
        """All rows. Raises RefusedError."""
        fault = self._session.warehouse.fault("copy_s3_503", "drop_in_copy")
        if fault == "drop_in_copy":
            raise DroppedError(fault)
        if fault:
            raise s3_problem("Please reduce your request rate.", 503, "SlowDown", self._copy.source)
        self._targets = self._filled(self._columns())
        kind = ParquetFiles if self._copy.format == "PARQUET" else TextFiles
        files: Any = kind(self._copy, self._targets, self._spool)
        s3 = self._session.warehouse.buckets.client(self._copy.access)
        try:
            prepared = in_order(
                lambda item: files.prepared(read(s3, item), item.url), objects(s3, self._copy)
            )
            with closing(prepared):
                for item, made in prepared:
                    files.add(made, item.url)
        except TooManyError:
            self._log.bad_rows(self._query, self._session.pid, self._started, files.ready.bad)
            raise table_problem(self._copy.table.last) from None
        ready: Ready = files.ready
        return ready

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

    def _feed(self, ready: Ready) -> None:
        backend = self._session.backend
        names = ", ".join(identifier(target.name) for target in self._targets)
        backend.send(messages.query(f"COPY {self._copy.table.sql} ({names}) FROM STDIN ({ready.options})"))
        failure = b""
        while (answer := backend.next()).kind not in (b"G", b"Z"):
            failure = answer.body if answer.kind == b"E" else failure
        if answer.kind == b"G":
            for chunk in ready.chunks():
                backend.send(message(b"d", chunk))
            backend.send(message(b"c"))
            while (answer := backend.next()).kind != b"Z":
                failure = answer.body if answer.kind == b"E" else failure
        self._session.state = answer.body
        if failure:
            raise self._problem(failure, ready)

    def _problem(self, failure: bytes, ready: Ready) -> RefusedError:
        """What PostgreSQL found in a row that we did not is a bad row too."""
        fields = report_fields(failure)
        place = _PLACE.search(fields.get("W", ""))
        if place and fields.get("C", "").startswith(_VALUE_ERRORS):
            row = int(place[1])
            if origin := ready.origin(row):
                ready.bad.append(self._bad_row(origin, row, place[2], fields))
                return table_problem(self._copy.table.last)
        return RefusedError(messages.report(failure))

    def _bad_row(self, origin: Origin, row: int, name: str | None, fields: dict[str, str]) -> BadRow:
        column = next((target for target in self._targets if target.name == (name or "").strip('"')), None)
        code = 1213 if fields["C"] == _MISSING else 1207
        return BadRow(origin.file, origin.line(row), column, "", "", code, fields["M"])

    def _note(self, ready: Ready | None, failure: Report | None) -> None:
        if ready:
            self._log.bad_rows(self._query, self._session.pid, self._started, ready.bad)
            if not failure:
                self._log.files(self._query, ready.counts)
        rows = ready.rows if ready else 0
        self._log.query(self._query, self._session.pid, self._started, self._load.text, rows, failure)

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


def _filled_row(row: list[str | None]) -> list[str]:
    return [value or "" for value in row]
