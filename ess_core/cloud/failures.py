"""What AWS's and botocore's failures mean, in one line each, with a way out."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from ess_core.errors import ConfigError, EssError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
REFUSED = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "Client.UnauthorizedOperation",
        "UnauthorizedOperation",
    }
)
SKEWED = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"})
THROTTLED = frozenset(
    {
        "EC2ThrottledException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
ABOUT_THE_CLOCK = re.compile(r"Signature (expired|not yet current)")
CHECK_CREDENTIALS = "`ess config show` says where they come from"
FRESH_CREDENTIALS = "get fresh credentials and type the command again"


def code(error: BaseException) -> str:
    """The error code of a ClientError, such as ``AuthFailure``; empty for any other exception."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def passing(error: Exception) -> bool:
    """True for what may work in a moment: throttling, a server's error, a connection that failed."""
    from botocore import exceptions

    if isinstance(error, exceptions.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code(error) in THROTTLED or status >= 500
    return isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError)


def denied(error: BaseException) -> bool:
    """True where IAM does not allow the call; the credentials themselves are fine."""
    return code(error) in DENIED


def silence(error: BaseException) -> str:
    """Why no answer came, in a few words such as ``Connection refused``."""
    cause = getattr(error, "kwargs", {}).get("error") or error
    return _errno_text(str(cause)) or _tls_text(str(cause)) or _kind_text(error)


def explain(error: BaseException) -> EssError:
    """Turn an exception of boto3 or botocore into one line for the user; an EssError is one already."""
    from botocore import exceptions

    if isinstance(error, EssError):
        return error
    if isinstance(error, exceptions.ClientError):
        return _explain_answer(error)
    for kinds, build in _silent(exceptions):
        if isinstance(error, kinds):
            return build(error)
    return EssError(_one_line(f"AWS call failed: {error}"))


def _explain_answer(error: "ClientError") -> EssError:
    reason = code(error)
    message = _one_line(str(error.response.get("Error", {}).get("Message", "")) or reason)
    if reason in EXPIRED:
        return EssError(f"AWS credentials have expired ({reason})", FRESH_CREDENTIALS)
    if reason in SKEWED or ABOUT_THE_CLOCK.match(message):
        return EssError(
            f"this machine's clock is wrong, AWS says: {message}", "set the clock (NTP) and try again"
        )
    if reason in REFUSED and not _is_about_something_else(reason, message):
        return EssError(f"AWS does not accept these credentials ({reason}): {message}", CHECK_CREDENTIALS)
    if reason in DENIED:
        return EssError(
            f"not allowed to call {error.operation_name}: {_without_encoded(message)}",
            "`ess config policy` prints the permissions to ask for",
        )
    return EssError(f"{error.operation_name} failed: {message} ({reason})")


def _is_about_something_else(reason: str, message: str) -> bool:
    """EC2 says AuthFailure also of a resource of another account: ``Not authorized for images: [ami-…]``."""
    return reason == "AuthFailure" and message.startswith("Not authorized for")


def _silent(exceptions: object) -> list[tuple[tuple[type[Exception], ...], Callable[[Exception], EssError]]]:
    """Failures without an answer from AWS: the exception classes, and what to say."""

    def kinds(*names: str) -> tuple[type[Exception], ...]:
        return tuple(getattr(exceptions, name) for name in names if hasattr(exceptions, name))

    return [
        (kinds("NoCredentialsError"), _no_credentials),
        (kinds("PartialCredentialsError", "CredentialRetrievalError"), _bad_credentials),
        (kinds("SSOError", "SSOTokenLoadError", "TokenRetrievalError", "LoginError"), _sign_in_again),
        (kinds("ProfileNotFound", "ConfigParseError", "ConfigNotFound"), _bad_aws_config),
        (kinds("ConnectionError", "HTTPClientError"), _unreachable),
        (kinds("ParamValidationError", "InvalidRegionError", "UnknownRegionError"), _bad_value),
    ]


def _no_credentials(_error: Exception) -> EssError:
    return ConfigError(
        "no AWS credentials found",
        "name the console's CSV as aws_credential in instance.conf, or set AWS_PROFILE",
    )


def _bad_credentials(error: Exception) -> EssError:
    return ConfigError(_one_line(f"AWS credentials cannot be used: {error}"), CHECK_CREDENTIALS)


def _sign_in_again(error: Exception) -> EssError:
    return EssError(_one_line(f"the AWS sign-in cannot be used: {error}"), "`aws sso login`, then try again")


def _bad_aws_config(error: Exception) -> EssError:
    return ConfigError(_one_line(f"AWS configuration: {error}"))


def _unreachable(error: Exception) -> EssError:
    endpoint = getattr(error, "kwargs", {}).get("endpoint_url", "")
    where = f" at {_host(endpoint)}" if endpoint else ""
    return EssError(
        f"cannot reach AWS{where}: {silence(error)}", "check the network, the region and AWS_ENDPOINT_URL"
    )


def _bad_value(error: Exception) -> EssError:
    return ConfigError(_one_line(str(error)))


def _host(endpoint: str) -> str:
    return re.sub(r"[?#].*", "", endpoint)


def _errno_text(text: str) -> str:
    found = re.search(r"\[Errno -?\d+\] ([A-Za-z ,]+)", text)
    if found:
        return found.group(1).strip()
    return "timed out" if "timed out" in text.lower() or "timeout" in text.lower() else ""


def _tls_text(text: str) -> str:
    """OpenSSL's own words, as in ``[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (…)``."""
    found = re.search(r"\[SSL(?:: \w+)?\] ([^(\]]+)", text)
    return found.group(1).strip() if found else ""


def _kind_text(error: BaseException) -> str:
    """ConnectionClosedError as ``connection closed``."""
    words = re.findall(r"[A-Z][a-z]+|[A-Z]+(?![a-z])", type(error).__name__.removesuffix("Error"))
    return " ".join(word if word.isupper() else word.lower() for word in words)


def _without_encoded(message: str) -> str:
    return re.sub(r"\s*Encoded authorization failure message:.*", "", message)


def _one_line(text: str) -> str:
    return " ".join(text.split())
