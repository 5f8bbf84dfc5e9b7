"""Rows into a table: PostgreSQL's own COPY of one session, open while the rows are made."""

from contextlib import suppress
from typing import TYPE_CHECKING, Self

from ess_plugins.sandbox.redshift.wire import messages
from ess_plugins.sandbox.redshift.wire.messages import RefusedError, message, report_fields

if TYPE_CHECKING:
    from ess_plugins.sandbox.redshift.session import Session

_ROWS, _DONE, _FAILED = b"d", b"c", b"f"
_TAKES_ROWS, _ERROR, _READY = b"G", b"E", b"Z"


class RowRefusedError(RefusedError):
    """PostgreSQL takes none of the rows; ``fields`` of its error say why, and may say which row it was."""

    def __init__(self, failure: bytes) -> None:
        super().__init__(messages.report(failure))
        self.fields = report_fields(failure)


class Feed:
    """Use it in a ``with`` block: at its end the rows are in, unless something was raised in it.

    Both ends and ``check`` raise RowRefusedError.
    """

    def __init__(self, session: "Session", table: str, columns: str) -> None:
        """``table`` and ``columns`` are SQL."""
        self._session = session
        self._is_refused = False
        self._sql = f"COPY {table} ({columns}) FROM STDIN"

    def __enter__(self) -> Self:
        self._session.backend.send(messages.query(self._sql))
        self._wait(until=_TAKES_ROWS)
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is None:
            self._session.backend.send(message(_DONE))
            self._wait()
        if self._is_refused or error is None:
            return
        with suppress(RowRefusedError, ConnectionError):
            self._session.backend.send(message(_FAILED, b"\0"))
            self._wait()

    def send(self, rows: bytes) -> None:
        """Add rows, or a part of one, in PostgreSQL's text format."""
        self._session.backend.send(message(_ROWS, rows))

    def check(self) -> None:
        """Raise RowRefusedError where it is known already that rows are refused, or that it is cancelled."""
        while self._session.backend.is_ready():  # else it says nothing before the end but notices
            answer = self._session.backend.next()
            if answer.kind == _ERROR:
                self._is_refused = True
                self._wait(failure=answer.body)

    def _wait(self, until: bytes = _READY, failure: bytes = b"") -> None:
        while (answer := self._session.backend.next()).kind not in (until, _READY):
            failure = answer.body if answer.kind == _ERROR else failure
        if answer.kind == _READY:
            self._session.state = answer.body
        if failure:
            raise RowRefusedError(failure)
