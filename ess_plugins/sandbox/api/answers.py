"""Answers that the sandbox itself writes, each in the form and the words of its service."""

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

from ess_plugins.sandbox.api.signature import Flaw

_XML = "text/xml;charset=UTF-8"
_PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'
_JSON = "application/x-amz-json-1.1"
_JSON_SERVICES = frozenset({"ssm", "servicequotas", "secretsmanager", "redshift-data", "redshift-serverless"})


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def xml(text: str, status: int = 200) -> Answer:
    """An XML answer."""
    return Answer(status, (("Content-Type", _XML),), f"{_PROLOGUE}{text}".encode())


def as_json(value: object, status: int = 200) -> Answer:
    """A JSON answer, as the JSON services give it."""
    return Answer(status, (("Content-Type", _JSON),), json.dumps(value).encode())


def error(service: str, code: str, message: str, status: int) -> Answer:
    """An error in the form that ``service`` uses."""
    if service in _JSON_SERVICES:
        return as_json({"__type": code, "message": message}, status)
    inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if service == "ec2":
        return xml(f"<Response><Errors><Error>{inner}</Error></Errors></Response>", status)
    if service == "s3":
        return xml(f"<Error>{inner}<RequestId>0</RequestId></Error>", status)
    return xml(f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error></ErrorResponse>", status)


_EC2 = ("AuthFailure", 401, "AWS was not able to validate the provided access credentials")
_SIGNATURE = "The request signature we calculated does not match the signature you provided."
_TOKEN = "The security token included in the request is "  # noqa: S105 - words of a message

_FLAWS = {
    "ec2": {
        Flaw.UNSIGNED: _EC2,
        Flaw.UNKNOWN_KEY: _EC2,
        Flaw.BAD_SIGNATURE: _EC2,
        Flaw.BAD_TOKEN: _EC2,
        Flaw.EXPIRED: ("RequestExpired", 400, "Request has expired."),
        Flaw.SKEWED: ("RequestExpired", 400, "Request has expired."),
    },
    "s3": {
        Flaw.UNSIGNED: ("AccessDenied", 403, "Access Denied"),
        Flaw.UNKNOWN_KEY: (
            "InvalidAccessKeyId",
            403,
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        Flaw.BAD_SIGNATURE: ("SignatureDoesNotMatch", 403, _SIGNATURE),
        Flaw.BAD_TOKEN: ("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
        Flaw.EXPIRED: ("ExpiredToken", 400, "The provided token has expired."),
        Flaw.SKEWED: (
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and the current time is too large.",
        ),
    },
    "json": {
        Flaw.UNSIGNED: ("MissingAuthenticationTokenException", 400, "Missing Authentication Token"),
        Flaw.UNKNOWN_KEY: ("UnrecognizedClientException", 400, f"{_TOKEN}invalid."),
        Flaw.BAD_SIGNATURE: ("InvalidSignatureException", 400, _SIGNATURE),
        Flaw.BAD_TOKEN: ("UnrecognizedClientException", 400, f"{_TOKEN}invalid."),
        Flaw.EXPIRED: ("ExpiredTokenException", 400, f"{_TOKEN}expired"),
        Flaw.SKEWED: ("InvalidSignatureException", 400, "Signature expired."),
    },
    "query": {
        Flaw.UNSIGNED: ("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
        Flaw.UNKNOWN_KEY: ("InvalidClientTokenId", 403, f"{_TOKEN}invalid."),
        Flaw.BAD_SIGNATURE: ("SignatureDoesNotMatch", 403, _SIGNATURE),
        Flaw.BAD_TOKEN: ("InvalidClientTokenId", 403, f"{_TOKEN}invalid."),
        Flaw.EXPIRED: ("ExpiredToken", 403, f"{_TOKEN}expired"),
        Flaw.SKEWED: ("SignatureDoesNotMatch", 403, "Signature expired."),
    },
}


def refusal(service: str, flaw: Flaw) -> Answer:
    """What ``service`` says to a request with this flaw."""
    code, status, message = _FLAWS[_family(service)][flaw]
    return error(service, code, message, status)


def denial(service: str, action: str, arn: str) -> Answer:
    """What ``service`` says where IAM does not allow the caller this action."""
    if service == "ec2":
        return error(
            service, "UnauthorizedOperation", "You are not authorized to perform this operation.", 403
        )
    code = "AccessDeniedException" if service in _JSON_SERVICES else "AccessDenied"
    status = 400 if service in _JSON_SERVICES else 403
    message = (
        "Access Denied"
        if service == "s3"
        else f"User: {arn} is not authorized to perform: {service}:{action}"
    )
    return error(service, code, message, status)


def _family(service: str) -> str:
    if service in _JSON_SERVICES:
        return "json"
    return service if service in ("ec2", "s3") else "query"
