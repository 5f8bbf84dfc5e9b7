"""The door of the simulated AWS: who may come in, what goes wrong on purpose, what is logged."""

import socket
import struct
import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from ess_plugins.sandbox.api import metadata, public, rights
from ess_plugins.sandbox.api.answers import Answer, denial, error, refusal
from ess_plugins.sandbox.api.calls import Call, CallLog
from ess_plugins.sandbox.api.control import PREFIX, Control
from ess_plugins.sandbox.api.keys import Key, Keyring
from ess_plugins.sandbox.api.metadata import Metadata
from ess_plugins.sandbox.api.plan import ApiFault, Loss, Planner
from ess_plugins.sandbox.api.request import ApiRequest, read
from ess_plugins.sandbox.api.services import Services
from ess_plugins.sandbox.api.signature import FlawedError, signer
from ess_plugins.sandbox.api.subject import tag_keys, targets


class LostError(ConnectionError):
    """The connection was reset on purpose; the server drops it quietly."""


class Front:
    """A WSGI application."""

    def __init__(
        self,
        keyring: Keyring,
        planner: Planner,
        log: CallLog,
        services: Services,
        control: Control,
        metadata: Metadata,
    ) -> None:
        self._keyring = keyring
        self._planner = planner
        self._log = log
        self._services = services
        self._control = control
        self._metadata = metadata

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = read(environ)
        answer = self._answer(request, environ)
        headers = [(name, value) for name, value in answer.headers if name.lower() != "content-length"]
        headers.append(("Content-Length", _length(answer)))
        start_response(f"{answer.status} {_phrase(answer.status)}", headers)
        return [] if request.method == "HEAD" else [answer.body]

    def _answer(self, request: ApiRequest, environ: dict[str, Any]) -> Answer:
        if "origin" in request.headers:
            return error("s3", "AccessDenied", "A sandbox does not answer web pages.", 403)
        if request.path.startswith(PREFIX):
            return self._control.answer(request)
        if request.path.startswith(metadata.PREFIX):
            return self._metadata.answer(request)
        started = time.time()
        time.sleep(self._planner.plan.latency_s)
        status, user = 0, ""
        try:
            caller = self._caller(request)
            user = caller.identity.arn if caller else ""
            answer = self._checked(request, caller, environ)
            status = answer.status
        except FlawedError as flawed:
            answer = refusal(request.service, flawed.flaw)
            status = answer.status
        finally:
            self._note(request, status, user, started)
        return answer

    def _caller(self, request: ApiRequest) -> Key | None:
        if request.signed is None and public.allows(request):
            return None
        return signer(request, self._keyring)

    def _checked(self, request: ApiRequest, caller: Key | None, environ: dict[str, Any]) -> Answer:
        denied = self._planner.plan.denies(request.action) or self._planner.plan.denies(_full_name(request))
        if denied or (caller and not rights.are_given(caller.policy, request)):
            return denial(request.service, request.action, caller.identity.arn if caller else "")
        fault = self._planner.take_fault(request.action, request.parameters)
        if fault and fault.after is Loss.NO:
            return error(request.service, fault.code, fault.message or fault.code, fault.http)
        answer = self._services.answer(request, caller, environ)
        return _lose(request, fault, environ) if fault else answer

    def _note(self, request: ApiRequest, status: int, user: str, started: float) -> None:
        names = tuple(sorted(request.parameters.keys() - {"Action", "Version"}))
        duration_ms = round((time.time() - started) * 1000, 1)
        self._log.add(
            Call(
                request.service,
                request.action,
                request.region,
                names,
                targets(request),
                tag_keys(request),
                request.headers.get("user-agent", ""),
                status,
                user,
                started,
                duration_ms,
            )
        )


def _lose(request: ApiRequest, fault: ApiFault, environ: dict[str, Any]) -> Answer:
    if fault.after is Loss.RESET:
        _reset(environ["werkzeug.socket"])
    return error(request.service, "Unavailable", "The service is unavailable. Please try again shortly.", 503)


def _reset(connection: socket.socket) -> None:
    """Close with a TCP reset, as a broken network does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)  # the server finds no next request, and closes
    raise LostError("reset on purpose")


def _full_name(request: ApiRequest) -> str:
    return f"{request.service}:{request.action}"


def _length(answer: Answer) -> str:
    """What the answer says of itself where it has no body (HEAD), else the body's length."""
    said = next((value for name, value in answer.headers if name.lower() == "content-length"), "0")
    return str(len(answer.body)) if answer.body else said


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
