"""The services: some of our own, the rest moto's, each called with the caller's account."""

import functools
import traceback
from typing import Any

from moto.moto_server.werkzeug_app import create_backend_app

from ess_plugins.sandbox.api import payers, quotas, sts
from ess_plugins.sandbox.api.answers import Answer, error
from ess_plugins.sandbox.api.keys import ACCOUNT, Key, Keyring
from ess_plugins.sandbox.api.redshift import data, serverless
from ess_plugins.sandbox.api.redshift.data import DataApi
from ess_plugins.sandbox.api.redshift.warehouses import Warehouses
from ess_plugins.sandbox.api.refused import RefusedError
from ess_plugins.sandbox.api.request import ApiRequest, make_current
from ess_plugins.sandbox.api.world import World

MOTO = ("ec2", "s3", "redshift", "secretsmanager", "ssm")
"""Services that moto answers."""


class Services:
    """All services of one sandbox."""

    def __init__(self, world: World, keyring: Keyring, warehouses: Warehouses) -> None:
        self._world = world
        self._keyring = keyring
        self._warehouses = warehouses
        self._data = DataApi(warehouses)

    def answer(self, request: ApiRequest, caller: Key | None, environ: dict[str, Any]) -> Answer:
        """Do what a checked request asks; ``caller`` is None for a public read."""
        if request.service == "s3":
            return payers.answer(request, caller) or self._moto(request, caller, environ)
        if request.service == data.SERVICE and caller:
            return self._data.answer(request, caller)
        with self._world.lock:
            if request.service == "sts" and caller:
                return sts.answer(request, caller, self._keyring)
            if request.service == serverless.SERVICE and caller:
                return serverless.answer(request, caller, self._warehouses)
            if request.service == "servicequotas":
                return quotas.answer(request, self._world.plan)
            if request.service in MOTO:
                return self._moto(request, caller, environ)
        return error(
            request.service, "UnknownService", f"The sandbox has no service '{request.service}'.", 400
        )

    def _moto(self, request: ApiRequest, caller: Key | None, environ: dict[str, Any]) -> Answer:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = caller.identity.account if caller else ACCOUNT
        make_current(request)
        try:
            return _call(_app(request.service), environ)
        except RefusedError as refused:
            return error(request.service, refused.code, refused.message, refused.http)
        except NotImplementedError as missing:
            return error(request.service, "UnsupportedOperation", str(missing), 400)
        except Exception as bug:  # noqa: BLE001 - whatever moto raises, the client gets an answer
            traceback.print_exc()
            return error(request.service, "InternalError", f"{type(bug).__name__}: {bug}", 500)
        finally:
            make_current(None)


@functools.cache
def _app(service: Any) -> Any:
    return create_backend_app(service)


def _call(app: Any, environ: dict[str, Any]) -> Answer:
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _info: object = None) -> None:
        started[:] = [int(status.split()[0]), tuple(headers)]

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return Answer(started[0], started[1], body)
