"""Statements through the Redshift Data API: started, waited for, cancelled, and what they answered.

Source: https://docs.aws.amazon.com/redshift-data/latest/APIReference/Welcome.html
"""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ess_core import interrupts
from ess_core.cloud import Cloud, explain
from ess_core.errors import EssError, UsageError
from ess_plugins.redshift.connecting import Answer, Row
from ess_plugins.redshift.dataapi.fields import value
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.warehouse import Auth, Kind, Warehouse

SERVICE = "redshift-data"
MOST_STATEMENTS = 40
"""In a batch."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _SLOWER = 0.1, 2.0, 1.5
_FINISHED = "FINISHED"
_ENDED = (_FINISHED, "FAILED", "ABORTED")
_NO_SUCH = "endpoint doesn't exist"


@dataclass(frozen=True, slots=True)
class Done:
    """A statement that has ended well, or a batch of them: its ``parts``.

    ``changed`` is what the API says of rows, which is 0 for all that changes none, and for COPY.
    """

    id: str
    has_rows: bool
    changed: int
    query_id: int
    parts: "tuple[Done, ...]" = ()


class StatementError(RedshiftError):
    """A statement failed; ``number`` is its place in the batch, from 1, or 0 for the batch as a whole."""

    def __init__(self, problem: Problem, message: str, number: int, hint: str = "") -> None:
        super().__init__(problem, message, hint)
        self.number = number


class DataApi:
    """The Data API for one warehouse; each call of ``run`` or ``run_all`` has a session of its own."""

    def __init__(self, cloud: Cloud, warehouse: Warehouse, timeout_s: int = 0) -> None:
        """``timeout_s`` is after how long a statement is cancelled; 0 is never. Raises UsageError."""
        self.warehouse = warehouse
        self._login = _login(warehouse)
        self._timeout_s = timeout_s
        self._client = cloud.client(SERVICE, region=warehouse.region)

    def run(self, sql: str, values: Mapping[str, str] | None = None) -> Done:
        """Run one statement to its end. Raises StatementError where it fails."""
        return self._run(self._client.execute_statement, {"Sql": sql}, values or {})

    def run_all(self, sqls: Sequence[str], values: Mapping[str, str] | None = None) -> Done:
        """Run statements in one transaction to its end. Raises StatementError where one fails."""
        return self._run(self._client.batch_execute_statement, {"Sqls": list(sqls)}, values or {})

    def answer(self, done: Done) -> tuple[list[str], Iterator[Row]]:
        """The names of the columns, and the rows, a page of which is in memory."""
        pages = self._pages(done.id)
        first = next(pages)
        columns = first["ColumnMetadata"]
        names = [column.get("label") or column.get("name", "") for column in columns]
        return names, _rows(first, pages, [column.get("typeName", "") for column in columns])

    def execute(self, sql: str) -> Answer:
        """Run one statement of ess's own and take all that it answers, as a connection does."""
        done = self.run(sql)
        names, rows = self.answer(done) if done.has_rows else ([], iter(()))
        return Answer(names, list(rows), done.changed)

    def _run(self, call: Any, what: dict[str, Any], values: Mapping[str, str]) -> Done:
        bound = [{"name": name, "value": text} for name, text in values.items()]
        given = {**what, **self._login, **({"Parameters": bound} if bound else {})}
        name = ""
        try:
            with interrupts.deferred():  # so that what was started is known, and can be cancelled
                name = call(**given)["Id"]
            return _done(self._ended(name))
        except self._client.exceptions.ValidationException as error:
            raise self._explained(error) from error
        except KeyboardInterrupt:
            if name:
                with interrupts.deferred():
                    self._cancel(name)
            raise

    def _ended(self, name: str) -> dict[str, Any]:
        """What is told of a statement once it has ended."""
        pause_s, until = _FIRST_PAUSE_S, time.monotonic() + self._timeout_s
        while (told := self._client.describe_statement(Id=name))["Status"] not in _ENDED:
            if self._timeout_s and time.monotonic() >= until:
                self._cancel(name)
                raise StatementError(
                    Problem.TIMEOUT,
                    f"it took longer than {self._timeout_s} s and was cancelled",
                    0,
                    "statement_timeout in [Redshift] of instance.conf says how long",
                )
            time.sleep(pause_s)
            pause_s = min(pause_s * _SLOWER, _LONGEST_PAUSE_S)
        return dict(told)

    def _cancel(self, name: str) -> None:
        """Have the statement end; it may have done so."""
        from botocore.exceptions import BotoCoreError, ClientError

        with contextlib.suppress(BotoCoreError, ClientError):
            self._client.cancel_statement(Id=name)

    def _pages(self, name: str) -> Iterator[Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield from self._client.get_paginator("get_statement_result").paginate(Id=name)
        except (BotoCoreError, ClientError) as error:
            raise explain(error) from error

    def _explained(self, error: Exception) -> Exception:
        if _NO_SUCH not in str(error):
            return explain(error)
        return EssError(
            f"there is no {self.warehouse.title} in {self.warehouse.region}",
            "`ess redshift list` shows what there is; --region looks elsewhere",
        )


def _login(warehouse: Warehouse) -> dict[str, str]:
    """Where, and as whom. Raises UsageError for a login by password, which the API has not."""
    if warehouse.auth is Auth.PASSWORD:
        raise UsageError(
            f"the Data API logs in by IAM or by a secret, and {warehouse.title} has a password",
            "register it with --auth iam or --secret-arn ARN, under another --label if you like",
        )
    name = "ClusterIdentifier" if warehouse.kind is Kind.CLUSTER else "WorkgroupName"
    where = {name: warehouse.name, "Database": warehouse.database}
    if warehouse.auth is Auth.SECRET:
        return {**where, "SecretArn": warehouse.secret_arn}
    return {**where, "DbUser": warehouse.user} if warehouse.user else where


def _done(told: Mapping[str, Any]) -> Done:
    """What has ended. Raises StatementError where it has not ended well."""
    parts = told.get("SubStatements", ())
    if told["Status"] != _FINISHED:
        number = next((number for number, part in enumerate(parts, 1) if part["Status"] == "FAILED"), 0)
        raise StatementError(Problem.STATEMENT, _reason(told), number)
    return Done(
        told["Id"],
        told.get("HasResultSet", False),
        told.get("ResultRows", -1),
        told.get("RedshiftQueryId", 0),
        tuple(map(_done, parts)),
    )


def _reason(told: Mapping[str, Any]) -> str:
    """Why it failed, on one line."""
    words = " ".join(told.get("Error", "").split())
    return words.removeprefix("ERROR: ") or f"it was ended from elsewhere ({told['Status'].lower()})"


def _rows(first: Any, rest: Iterator[Any], types: Sequence[str]) -> Iterator[Row]:
    page = first
    while page:
        for record in page["Records"]:
            yield [value(field, kind) for field, kind in zip(record, types, strict=True)]
        page = next(rest, None)
