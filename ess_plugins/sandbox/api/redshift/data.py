"""The Redshift Data API, in which moto runs nothing.

Source: https://docs.aws.amazon.com/redshift-data/latest/APIReference/Welcome.html
"""

import json
import ssl
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.secretsmanager.models import secretsmanager_backends

from ess_plugins.sandbox.api.answers import Answer, as_json, error
from ess_plugins.sandbox.api.keys import Key
from ess_plugins.sandbox.api.redshift import clusters
from ess_plugins.sandbox.api.redshift.statements import Execution, Session, Statement, new_parts
from ess_plugins.sandbox.api.redshift.values import column, field, named_parameters
from ess_plugins.sandbox.api.redshift.warehouses import House, Login, Warehouses, database_user, let_in
from ess_plugins.sandbox.api.refused import RefusedError
from ess_plugins.sandbox.api.request import ApiRequest

SERVICE = "redshift-data"
_MOST_STATEMENTS = 40
_PAGE_ROWS = 1000
_LASTS_S = 900.0

Given = Mapping[str, Any]


class DataApi:
    """All statements that were run since the sandbox started."""

    def __init__(self, warehouses: Warehouses) -> None:
        self._warehouses = warehouses
        self._trusted = ssl.create_default_context(cadata=warehouses.opening.ca_pem)
        self._executions: dict[str, Execution] = {}
        self._tokens: dict[tuple[str, str], str] = {}
        self._handlers: dict[str, Callable[[Given, Key, str], dict[str, Any]]] = {
            "ExecuteStatement": self._execute,
            "BatchExecuteStatement": self._batch,
            "DescribeStatement": lambda given, _key, _region: self._describe(given["Id"]),
            "GetStatementResult": lambda given, _key, _region: self._result(given),
            "CancelStatement": lambda given, _key, _region: self._cancel(given["Id"]),
            "ListStatements": lambda _given, _key, _region: self._list(),
        }

    def answer(self, request: ApiRequest, caller: Key) -> Answer:
        """Answer one call of ``caller``."""
        handler = self._handlers.get(request.action)
        if handler is None:
            return error(SERVICE, "UnknownOperationException", request.action, 400)
        try:
            return as_json(handler(json.loads(request.body or b"{}"), caller, request.region))
        except RefusedError as refused:
            return error(SERVICE, refused.code, refused.message, refused.http)
        except (KeyError, TypeError, ValueError) as problem:
            return error(SERVICE, "ValidationException", str(problem), 400)

    def _execute(self, given: Given, caller: Key, region: str) -> dict[str, Any]:
        return self._start(
            [named_parameters(given["Sql"], given.get("Parameters", ()))], given, caller, region
        )

    def _batch(self, given: Given, caller: Key, region: str) -> dict[str, Any]:
        if len(given["Sqls"]) > _MOST_STATEMENTS:
            raise ValueError(f"Sqls must have at most {_MOST_STATEMENTS} members")
        bound = given.get("Parameters", ())
        return self._start([named_parameters(sql, bound) for sql in given["Sqls"]], given, caller, region)

    def _start(
        self, statements: Sequence[tuple[str, Sequence[str | None]]], given: Given, caller: Key, region: str
    ) -> dict[str, Any]:
        """Run them, unless the same token has started them before."""
        token = (caller.identity.arn, given.get("ClientToken") or str(uuid.uuid4()))
        if token not in self._tokens:
            session = self._session(given, caller, region)
            execution = Execution(session, new_parts(statements), self._trusted)
            self._executions[execution.id] = execution
            self._tokens[token] = execution.id
            execution.start()
        execution = self._executions[self._tokens[token]]
        where = {
            name: given[name] for name in ("ClusterIdentifier", "WorkgroupName", "SecretArn") if name in given
        }
        session = execution.session
        return {
            "Id": execution.id,
            "CreatedAt": execution.created_at,
            "Database": session.database,
            "DbUser": session.user,
            **where,
        }

    def _session(self, given: Given, caller: Key, region: str) -> Session:
        house = self._house(given, caller, region)
        login = _login(house, given, caller, region)
        port = self._warehouses.opening.port
        return Session((house.loopback, port), given["Database"], login.user, login.password)

    def _house(self, given: Given, caller: Key, region: str) -> House:
        account = caller.identity.account
        for cluster in clusters.in_region(account, region):
            if cluster.cluster_identifier == given.get("ClusterIdentifier"):
                return cluster
        for workgroup in self._warehouses.workgroups_in(account, region):
            if workgroup.name == given.get("WorkgroupName"):
                return workgroup
        raise ValueError("Redshift endpoint doesn't exist in this region.")

    def _find(self, name: str) -> tuple[Execution, Statement]:
        execution = self._executions.get(name.partition(":")[0])
        parts = {part.id: part for part in execution.parts} if execution else {}
        if execution is None or (":" in name and name not in parts):
            raise RefusedError("ResourceNotFoundException", "Query does not exist.")
        return execution, parts.get(name, execution) if ":" in name else execution

    def _describe(self, name: str) -> dict[str, Any]:
        execution, found = self._find(name)
        told = _described(found)
        if found is execution and len(execution.parts) > 1:
            told["SubStatements"] = [_described(part) for part in execution.parts]
        return {**told, "Database": execution.session.database, "DbUser": execution.session.user}

    def _result(self, given: Given) -> dict[str, Any]:
        _, found = self._find(given["Id"])
        if not found.has_result:
            raise RefusedError("ResourceNotFoundException", "Query does not have result.")
        start = int(given.get("NextToken") or 0)
        rows = found.result.rows
        page = rows[start : start + _PAGE_ROWS]
        columns = found.result.columns
        more = {"NextToken": str(start + _PAGE_ROWS)} if len(rows) > start + _PAGE_ROWS else {}
        return {
            "ColumnMetadata": [column(item) for item in columns],
            "Records": [[field(*pair) for pair in zip(columns, row, strict=True)] for row in page],
            "TotalNumRows": len(rows),
            **more,
        }

    def _cancel(self, name: str) -> dict[str, Any]:
        execution, _ = self._find(name)
        if not execution.abort():
            raise ValueError("Could not cancel a query that is already in FINISHED state.")
        return {"Status": True}

    def _list(self) -> dict[str, Any]:
        latest = sorted(self._executions.values(), key=lambda one: one.created_at, reverse=True)
        fields = ("Id", "Status", "QueryString", "CreatedAt", "UpdatedAt")
        return {"Statements": [{name: _described(one)[name] for name in fields} for one in latest]}


def _login(house: House, given: Given, caller: Key, region: str) -> Login:
    """By a secret, for a named user, or for the user who stands for the caller."""
    if arn := given.get("SecretArn"):
        known = json.loads(_secret(caller.identity.account, region, arn))
        return Login(known["username"], known["username"], known["password"])
    if user := given.get("DbUser"):
        return let_in(house, f"IAM:{user}", user, _LASTS_S, creates=False)
    user = database_user(caller.identity)
    return let_in(house, user, user, _LASTS_S)


def _secret(account: str, region: str, arn: str) -> str:
    """What Secrets Manager keeps under this ARN or name. Raises ValueError where it keeps nothing."""
    for secret in secretsmanager_backends[account][region].secrets.values():
        if arn in (secret.arn, secret.name):
            return str(secret.versions[str(secret.default_version_id)]["secret_string"])
    raise ValueError("Secrets Manager can't find the specified secret.")


def _described(one: Statement) -> dict[str, Any]:
    return {
        "Id": one.id,
        "Status": one.status,
        "QueryString": one.sql,
        "CreatedAt": one.created_at,
        "UpdatedAt": one.updated_at,
        "Duration": int((one.updated_at - one.created_at) * 1e9) if one.has_ended else -1,
        "HasResultSet": one.has_result,
        "ResultRows": len(one.result.rows) if one.has_result else _affected(one),
        "ResultSize": 0,
        "RedshiftQueryId": one.query_id,
        "RedshiftPid": 0,
        **({"Error": one.error} if one.error else {}),
    }


def _affected(one: Statement) -> int:
    """The rows that a change says it changed; a COPY says none."""
    number = one.result.tag.rpartition(" ")[2]
    return int(number) if number.isdigit() else 0
