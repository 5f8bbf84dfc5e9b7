"""One API request as every later step sees it: read once from WSGI, unsigned or not."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ess_plugins.sandbox.api import s3names

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<credential>[^,\s]+),\s*"
    r"SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})\s*"
)


@dataclass(frozen=True)
class Signed:
    """What a request says about its own signature (Signature Version 4)."""

    access_key_id: str
    date: str
    region: str
    service: str
    headers: tuple[str, ...]
    signature: str
    timestamp: str
    token: str = field(repr=False)
    in_query: bool = False
    lasts_s: int = 0


@dataclass(frozen=True)
class ApiRequest:
    """A request; ``path`` and ``query`` are as sent, ``headers`` are by lower-case name."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    signed: Signed | None
    service: str
    action: str
    parameters: Mapping[str, str]

    @property
    def region(self) -> str:
        """The region it was signed for."""
        return self.signed.region if self.signed else ""


_current: ContextVar[ApiRequest | None] = ContextVar("request", default=None)


def current() -> ApiRequest | None:
    """The request that this thread answers, or None where the sandbox itself asks."""
    return _current.get()


def make_current(request: ApiRequest | None) -> None:
    """Set what :func:`current` returns in this thread."""
    _current.set(request)


def read(environ: dict[str, Any]) -> ApiRequest:
    """Read the request of a WSGI environment, whose body can be read again afterwards."""
    target = urlsplit(environ.get("RAW_URI") or environ["PATH_INFO"])
    headers = _headers(environ)
    body = _body(environ)
    signed = _signed(headers, target.query)
    service = signed.service if signed else "s3"
    parameters = _parameters(service, headers, target.query, body)
    return ApiRequest(
        environ["REQUEST_METHOD"],
        target.path or "/",
        target.query,
        headers,
        body,
        signed,
        service,
        _action(environ["REQUEST_METHOD"], service, target.path, headers, parameters),
        parameters,
    )


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return headers


def _body(environ: dict[str, Any]) -> bytes:
    if environ.get("wsgi.input_terminated"):
        body: bytes = environ["wsgi.input"].read()
    else:
        length = environ.get("CONTENT_LENGTH") or "0"
        body = environ["wsgi.input"].read(int(length) if length.isdigit() else 0)
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _signed(headers: Mapping[str, str], query: str) -> Signed | None:
    if match := _AUTHORIZATION.fullmatch(headers.get("authorization", "")):
        return _scoped(
            match["credential"],
            headers=tuple(match["headers"].split(";")),
            signature=match["signature"],
            timestamp=headers.get("x-amz-date", ""),
            token=headers.get("x-amz-security-token", ""),
        )
    fields = dict(parse_qsl(query, keep_blank_values=True))
    if "X-Amz-Signature" not in fields:
        return None
    return _scoped(
        fields.get("X-Amz-Credential", ""),
        headers=tuple(fields.get("X-Amz-SignedHeaders", "").split(";")),
        signature=fields["X-Amz-Signature"],
        timestamp=fields.get("X-Amz-Date", ""),
        token=fields.get("X-Amz-Security-Token", ""),
        in_query=True,
        lasts_s=int(fields.get("X-Amz-Expires", "0")) if fields.get("X-Amz-Expires", "0").isdigit() else 0,
    )


def _scoped(credential: str, **rest: Any) -> Signed | None:
    parts = credential.split("/")
    if len(parts) != 5 or parts[4] != "aws4_request":
        return None
    access_key_id, date, region, service, _ = parts
    return Signed(access_key_id, date, region, service, **rest)


def _parameters(service: str, headers: Mapping[str, str], query: str, body: bytes) -> dict[str, str]:
    if headers.get("content-type", "").startswith("application/x-amz-json"):
        return _json_parameters(body)
    form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    text = body.decode("utf-8", "replace") if form and service != "s3" else query
    return dict(parse_qsl(text, keep_blank_values=True))


def _json_parameters(body: bytes) -> dict[str, str]:
    try:
        given = json.loads(body)
    except ValueError:
        return {}
    return {name: str(value) for name, value in given.items()} if isinstance(given, dict) else {}


def _action(
    method: str, service: str, path: str, headers: Mapping[str, str], parameters: Mapping[str, str]
) -> str:
    if service == "s3":
        return s3names.operation(method, unquote(path), parameters, "x-amz-copy-source" in headers)
    return parameters.get("Action") or headers.get("x-amz-target", "").rpartition(".")[2]
