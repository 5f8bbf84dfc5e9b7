"""One client's session: messages pass to PostgreSQL and back, but for what Redshift does in another way."""

import traceback
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ess_core.errors import EssError
from ess_plugins.sandbox.redshift import reports
from ess_plugins.sandbox.redshift.sql import rewriting
from ess_plugins.sandbox.redshift.sql.rewriting import (
    Commit,
    Export,
    Load,
    Plain,
    SetFault,
    Statement,
    Truncate,
)
from ess_plugins.sandbox.redshift.warehouse import Warehouse
from ess_plugins.sandbox.redshift.wire import messages
from ess_plugins.sandbox.redshift.wire.client import Result, read_result
from ess_plugins.sandbox.redshift.wire.messages import Message, RefusedError, Report, message
from ess_plugins.sandbox.redshift.wire.stream import Wire

_ROWS = b"D"
_ENDS = MappingProxyType({b"P": b"1", b"B": b"2", b"C": b"3", b"D": b"Tn", b"E": b"CsI"})
"""Message of a client -> what may end the answer to it."""
_READY = b"Z"
_WRONG_SQL = "ess_sandbox_refuses"
"""What PostgreSQL refuses in place of what we refuse, so that the transaction fails as it should."""
_FLUSH, _SYNC = message(b"H"), message(b"S")


class DroppedError(ConnectionError):
    """The connection is cut, because a fault is planned."""


class Session:
    """``client`` has logged in; ``backend`` is its session in PostgreSQL, whose process is ``pid``."""

    def __init__(self, client: Wire, backend: Wire, warehouse: Warehouse, pid: int) -> None:
        self.client = client
        self.backend = backend
        self.warehouse = warehouse
        self.pid = pid
        self.state = b"I"
        self._statements: dict[bytes, Statement] = {}
        self._portals: dict[bytes, Statement] = {}
        self._instead: Report | None = None  # what the client is told in place of PostgreSQL's next error
        self._skipping = False

    def run(self) -> None:
        """Serve until one side goes. Raises ConnectionError."""
        batch: list[Message] = []
        while (received := self.client.next()).kind != b"X":
            if received.kind == b"Q":
                self._simple(received.body[:-1].decode("utf-8", "replace"))
            elif received.kind == b"S":
                self._extended(batch, synced=True)
                batch = []
            elif received.kind != b"H":
                batch.append(received)
            elif not self.client.has_next():
                self._extended(batch, synced=False)
                batch = []
        self.backend.send(received.raw)

    def ask(self, sql: str) -> Result:
        """Run SQL of our own in the client's transaction. Raises RefusedError."""
        self.backend.send(messages.query(sql))
        result = read_result(self.backend)
        self.state = result.state
        if result.failure:
            raise RefusedError(result.failure)
        return result

    def say(self, report: Report) -> None:
        """Tell the client."""
        self.client.send(report.encode())

    def fail(self, report: Report) -> None:
        """Let the transaction fail, and tell the client why."""
        self.backend.send(messages.query(_WRONG_SQL))
        self.state = read_result(self.backend).state
        self.say(report)

    # What a client asks at once, as one text

    def _simple(self, sql: str) -> None:
        statements = self._rewritten(sql)
        if all(isinstance(statement, Plain) and not statement.tag for statement in statements):
            self.backend.send(messages.query("; ".join(statement.sql for statement in statements)))
            self._relay(until=_READY)
            return
        for statement in statements:
            if not self._perform(statement):
                break
        self.client.send(message(_READY, self.state))

    def _rewritten(self, sql: str) -> list[Statement]:
        """The statements, or one that fails with the reason why we refuse them."""
        try:
            return rewriting.rewrite(sql)
        except RefusedError as error:
            self._instead = error.report
            return [Plain(_WRONG_SQL)]

    # What a client asks in parts: prepare, bind, execute

    def _extended(self, batch: list[Message], synced: bool) -> None:
        """Answer the messages up to a Sync, or up to a Flush after which the client waits."""
        if not self._skipping:
            prepared = [self._prepared(received) for received in batch]
            if synced and not any(map(self._special, batch)):
                self.backend.send(*prepared, _SYNC)
                self._relay(until=_READY)
                return
            steps = zip(batch, prepared, strict=True)
            self._skipping = not all(self._step(received, raw) for received, raw in steps)
        if synced:
            self._skipping = False
            self.backend.send(_SYNC)
            self._relay(until=_READY)

    def _prepared(self, received: Message) -> bytes:
        """The message for PostgreSQL; what it names is noted."""
        if received.kind == b"P":
            name, place = messages.first_string(received.body)
            sql, rest = messages.first_string(received.body, place)
            statement = self._one(sql.decode("utf-8", "replace"))
            self._statements[name] = statement
            return message(b"P", name, b"\0", messages.text(statement.sql), received.body[rest:])
        if received.kind == b"B":
            portal, place = messages.first_string(received.body)
            name, _ = messages.first_string(received.body, place)
            self._portals[portal] = self._statements.get(name, Plain(""))
        return received.raw

    def _one(self, sql: str) -> Statement:
        statements = self._rewritten(sql)
        if len(statements) > 1:
            self._instead = Report("cannot insert multiple commands into a prepared statement", "42601")
            return Plain(_WRONG_SQL)
        return statements[0] if statements else Plain("")

    def _special(self, received: Message) -> bool:
        return received.kind == b"E" and self._needs_us(self._executed(received))

    def _executed(self, received: Message) -> Statement:
        return self._portals.get(messages.first_string(received.body)[0], Plain(""))

    @staticmethod
    def _needs_us(statement: Statement) -> bool:
        return not isinstance(statement, Plain) or bool(statement.tag)

    def _step(self, received: Message, raw: bytes) -> bool:
        """Do one message and wait for its answer; False where it fails."""
        if self._special(received):
            return self._perform(self._executed(received))
        self.backend.send(raw, _FLUSH)
        return self._relay(until=_ENDS[received.kind])

    # What Redshift does in another way

    def _perform(self, statement: Statement) -> bool:
        """Do one statement and tell the client all but ReadyForQuery; False where it fails."""
        try:
            if handler := _PERFORM.get(type(statement)):
                return handler(self, statement)
            assert isinstance(statement, Plain)
            return self._pass(statement.sql, statement.tag)
        except RefusedError as error:
            self.fail(error.report)
        except OSError:
            raise
        except Exception as bug:  # noqa: BLE001 - whatever it is, the client gets an answer
            traceback.print_exc()
            self.fail(Report(f"the sandbox fails: {type(bug).__name__}: {bug}"))
        return False

    def _pass(self, sql: str, tag: str = "") -> bool:
        """Let PostgreSQL do it."""
        self.backend.send(messages.query(sql))
        return self._relay(until=_READY, holds=True, tag=tag)

    def _commit(self, statement: Statement) -> bool:
        fault = self.warehouse.fault("drop_before_commit", "drop_after_commit", "serialization_on_commit")
        if fault == "serialization_on_commit":
            self.fail(reports.serialization(self.pid))
            return False
        if fault == "drop_after_commit":
            self.ask(statement.sql)
        if fault:
            raise DroppedError(fault)
        return self._pass(statement.sql)

    def _truncate(self, statement: Statement) -> bool:
        done = self._pass(statement.sql)
        if done and self.state == b"T":
            self.ask("COMMIT")
        return done

    def _set_fault(self, statement: Statement) -> bool:
        assert isinstance(statement, SetFault)
        try:
            self.warehouse.plan_fault(statement.name)
        except EssError as error:
            raise RefusedError(Report(str(error), "22023")) from error
        return self._pass(statement.sql)

    def _load(self, statement: Statement) -> bool:
        from ess_plugins.sandbox.redshift.loading.copying import Copying  # with what reads files

        assert isinstance(statement, Load)
        return Copying(self, statement).run()

    def _export(self, statement: Statement) -> bool:
        from ess_plugins.sandbox.redshift.loading.unloading import Unloading

        assert isinstance(statement, Export)
        Unloading(self, statement.unload).run()
        return True

    # Answers

    def _relay(self, until: bytes, holds: bool = False, tag: str = "") -> bool:
        """Pass answers to the client up to one of the kinds ``until``; False where an error was among them.

        ReadyForQuery is kept back with ``holds``. An error ends a wait for anything but ReadyForQuery.
        """
        failed = False
        while True:
            if rows := self.backend.take_run(_ROWS):
                self.client.send(rows)
            answer = self.backend.next()
            if answer.kind == _READY:
                self.state, self._instead = answer.body, None
            failed = failed or answer.kind == b"E"
            if not (answer.kind == _READY and holds):
                self.client.send(self._changed(answer, tag))
            if answer.kind in until or (answer.kind == b"E" and until != _READY):
                return not failed

    def _changed(self, answer: Message, tag: str) -> bytes:
        """An answer as Redshift gives it."""
        if answer.kind == b"E":
            told, self._instead = self._instead or reports.redshift(answer.body, self.pid), None
            return told.encode() if isinstance(told, Report) else answer.raw
        if answer.kind == b"C" and tag:
            return message(b"C", tag.encode(), b"\0")
        return answer.raw


_PERFORM: Mapping[type, Callable[[Session, Statement], bool]] = MappingProxyType(
    {
        Commit: Session._commit,
        Truncate: Session._truncate,
        SetFault: Session._set_fault,
        Load: Session._load,
        Export: Session._export,
    }
)
