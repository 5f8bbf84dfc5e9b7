"""Redshift Serverless, of which moto has nothing: workgroups, namespaces, temporary credentials.

Source: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/Welcome.html
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ess_plugins.sandbox.api.answers import Answer, as_json, error
from ess_plugins.sandbox.api.keys import Key
from ess_plugins.sandbox.api.redshift.warehouses import Warehouses, Workgroup, database_user, let_in
from ess_plugins.sandbox.api.refused import RefusedError
from ess_plugins.sandbox.api.request import ApiRequest

SERVICE = "redshift-serverless"
_LASTS_S = (900, 3600)
_PAGE = 100
_CREATED = 1_767_225_600.0
"""The first second of 2026, in Unix seconds."""


def answer(request: ApiRequest, caller: Key, warehouses: Warehouses) -> Answer:
    """Answer one call of ``caller``."""
    handler = _HANDLERS.get(request.action)
    if handler is None:
        return error(SERVICE, "UnknownOperationException", request.action, 400)
    there = warehouses.workgroups_in(caller.identity.account, request.region)
    try:
        return as_json(handler(json.loads(request.body or b"{}"), there, warehouses.opening.port, caller))
    except RefusedError as refused:
        return error(SERVICE, refused.code, refused.message, refused.http)
    except (KeyError, TypeError, ValueError) as problem:
        return error(SERVICE, "ValidationException", str(problem), 400)


Given = Mapping[str, Any]


def _list_workgroups(given: Given, there: list[Workgroup], port: int, _caller: Key) -> dict[str, Any]:
    return _page("workgroups", [_workgroup(item, port) for item in there], given)


def _get_workgroup(given: Given, there: list[Workgroup], port: int, _caller: Key) -> dict[str, Any]:
    return {"workgroup": _workgroup(_find(given["workgroupName"], there), port)}


def _list_namespaces(given: Given, there: list[Workgroup], _port: int, _caller: Key) -> dict[str, Any]:
    return _page("namespaces", [_namespace(item) for item in there], given)


def _get_namespace(given: Given, there: list[Workgroup], _port: int, _caller: Key) -> dict[str, Any]:
    return {"namespace": _namespace(_find(given["namespaceName"], there))}


def _get_credentials(given: Given, there: list[Workgroup], _port: int, caller: Key) -> dict[str, Any]:
    lasts_s = int(given.get("durationSeconds", _LASTS_S[0]))
    if not _LASTS_S[0] <= lasts_s <= _LASTS_S[1]:
        raise ValueError(f"durationSeconds must be between {_LASTS_S[0]} and {_LASTS_S[1]}")
    user = database_user(caller.identity)
    login = let_in(_find(given["workgroupName"], there), user, user, lasts_s)
    times = {"expiration": login.expires_at, "nextRefreshTime": login.expires_at}
    return {"dbUser": login.user, "dbPassword": login.password, **times}


_HANDLERS: dict[str, Callable[[Given, list[Workgroup], int, Key], dict[str, Any]]] = {
    "ListWorkgroups": _list_workgroups,
    "GetWorkgroup": _get_workgroup,
    "ListNamespaces": _list_namespaces,
    "GetNamespace": _get_namespace,
    "GetCredentials": _get_credentials,
}


def _find(name: str, there: list[Workgroup]) -> Workgroup:
    for workgroup in there:
        if workgroup.name == name:
            return workgroup
    raise RefusedError("ResourceNotFoundException", f"{name} was not found.")


def _page(name: str, items: list[dict[str, Any]], given: Given) -> dict[str, Any]:
    start, size = int(given.get("nextToken") or 0), int(given.get("maxResults") or _PAGE)
    more = {"nextToken": str(start + size)} if len(items) > start + size else {}
    return {name: items[start : start + size], **more}


def _workgroup(item: Workgroup, port: int) -> dict[str, Any]:
    return {
        "workgroupName": item.name,
        "namespaceName": item.name,
        "workgroupArn": _arn("workgroup", item),
        "workgroupId": _id(item),
        "status": "AVAILABLE",
        "baseCapacity": 8,
        "publiclyAccessible": False,
        "creationDate": _CREATED,
        "endpoint": {"address": item.loopback, "port": port},
    }


def _namespace(item: Workgroup) -> dict[str, Any]:
    return {
        "namespaceName": item.name,
        "namespaceArn": _arn("namespace", item),
        "namespaceId": _id(item),
        "status": "AVAILABLE",
        "dbName": item.databases[0],
        "adminUsername": item.master.user,
        "creationDate": _CREATED,
    }


def _arn(kind: str, item: Workgroup) -> str:
    return f"arn:aws:{SERVICE}:{item.region}:{item.account}:{kind}/{_id(item)}"


def _id(item: Workgroup) -> str:
    return f"{item.name}-0"
