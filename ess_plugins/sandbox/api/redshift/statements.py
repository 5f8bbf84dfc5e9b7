"""Statements of the Data API: each runs in a thread, through the real Redshift front."""

import contextlib
import ssl
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from ess_plugins.sandbox.redshift.wire.client import Client, Result, cancel, connect_tls
from ess_plugins.sandbox.redshift.wire.messages import RefusedError

_CONNECT_S = 150.0
_ENDED = ("FINISHED", "FAILED", "ABORTED")


@dataclass(frozen=True)
class Session:
    """How to log in."""

    address: tuple[str, int]
    database: str
    user: str
    password: str = field(repr=False)


@dataclass
class Statement:
    """One statement: ``status`` as in the API, times in Unix seconds; ``query_id`` is known of an UNLOAD."""

    id: str
    sql: str
    parameters: Sequence[str | None] = ()
    status: str = "SUBMITTED"
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    error: str = ""
    result: Result = field(default_factory=Result)
    query_id: int = 0

    def become(self, status: str) -> None:
        """Enter a state; what has ended stays so."""
        if self.status not in _ENDED:
            self.status = status
            self.updated_at = time.time()

    @property
    def has_result(self) -> bool:
        """Whether it answered with rows."""
        return self.status == "FINISHED" and bool(self.result.columns)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.status in _ENDED


class Execution(Statement):
    """What one call runs: one statement, or those of a batch, which is one transaction."""

    def __init__(self, session: Session, parts: Sequence[Statement], trusted: ssl.SSLContext) -> None:
        super().__init__(parts[0].id.partition(":")[0], "; ".join(part.sql for part in parts))
        self.session = session
        self.parts = parts
        self._trusted = trusted
        self._client: Client | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Run in a thread."""
        threading.Thread(target=self._run, daemon=True).start()

    def abort(self) -> bool:
        """Cancel; False where it has ended already."""
        with self._lock:
            if self.has_ended:
                return False
            self.become("ABORTED")
            for part in self.parts:
                part.become("ABORTED")
            client = self._client
        if client:
            with contextlib.suppress(OSError), connect_tls(self.session.address, self._trusted, 10) as sock:
                cancel(sock, client.cancel_key)
        return True

    def _run(self) -> None:
        try:
            sock = connect_tls(self.session.address, self._trusted, _CONNECT_S)
            with Client(sock, self.session.user, self.session.database, self.session.password) as client:
                sock.settimeout(None)
                with self._lock:
                    self._client = client
                    self.become("STARTED")
                self._execute(client)
        except RefusedError as error:
            self._fail(f"ERROR: {error.report.message}")
        except OSError as error:
            self._fail(f"ERROR: connection failed: {error}")

    def _execute(self, client: Client) -> None:
        if len(self.parts) > 1:
            client.query("BEGIN")
        for part in self.parts:
            if self.has_ended:
                return
            part.become("STARTED")
            try:
                part.result = client.execute(part.sql, part.parameters)
            except RefusedError as error:
                part.error = f"ERROR: {error.report.message}"
                part.become("FAILED")
                raise
            if part.result.tag == "UNLOAD":
                part.query_id = int(client.query("SELECT pg_last_unload_id()").rows[0][0] or 0)
            part.become("FINISHED")
        if len(self.parts) > 1:
            client.query("COMMIT")
        self.result, self.query_id = self.parts[-1].result, self.parts[-1].query_id
        self.become("FINISHED")

    def _fail(self, why: str) -> None:
        with self._lock:
            self.error = self.error or why
            self.become("FAILED")
        for part in self.parts:
            part.become("ABORTED" if len(self.parts) > 1 else self.status)


def new_parts(statements: Sequence[tuple[str, Sequence[str | None]]]) -> list[Statement]:
    """The statements of one call, numbered where there are several."""
    name = str(uuid.uuid4())
    if len(statements) == 1:
        return [Statement(name, *statements[0])]
    return [Statement(f"{name}:{number}", *item) for number, item in enumerate(statements, 1)]
