"""What Redshift means when a COPY, or anything else of a load, fails."""

import re

from ess_core.errors import EssError
from ess_plugins.redshift.failures import Problem, RedshiftError, framed

_TOO_MANY_CONNECTIONS = "53300"
_GOES_BY = frozenset({Problem.LOST, Problem.UNREACHABLE, Problem.CONFLICT})
_PASSING = re.compile(
    r"Status (5\d\d|429)\b|HTTP response error code: (5\d\d|429)\b"
    r"|\b(SlowDown|InternalError|RequestTimeout|ServiceUnavailable|NoSuchKey)\b"
    r"|\b(ExpiredToken|TokenRefreshRequired)\b"
    r"|\b(1018|1019|1023)\b.*(relation|table)|conflict with concurrent transaction"
    r"|[Cc]onnection (reset|timed out)",
    re.DOTALL,
)
_ABOUT_ROWS = re.compile(
    r"sys_load_error_detail|stl_load_errors|Spectrum Scan Error|decompression failed", re.IGNORECASE
)
_DENIED = re.compile(r"Status 403|AccessDenied|Access Denied|error code: 403|InvalidAccessKeyId")
_ROLE = re.compile(
    r"assume (the )?(IAM )?role|sts:AssumeRole|role .*not (attached|associated|valid)", re.IGNORECASE
)
_ELSEWHERE = re.compile(
    r"PermanentRedirect|must be addressed using the specified endpoint"
    r"|AuthorizationHeaderMalformed|Status 301"
)


def is_passing(error: RedshiftError) -> bool:
    """Whether the same may work in a moment: lost connections, S3 that is too busy, keys that expired.

    An object that was written and is not there yet is one of these, too.
    """
    if error.problem in _GOES_BY or error.fields.get("C") == _TOO_MANY_CONNECTIONS:
        return True
    return bool(error.problem is Problem.STATEMENT and _PASSING.search(_all(error)))


def is_about_rows(error: RedshiftError) -> bool:
    """Whether it is what the files hold that COPY refuses."""
    text = _all(error)
    return bool(_ABOUT_ROWS.search(text)) and not (_DENIED.search(text) or is_passing(error))


def said(error: RedshiftError) -> str:
    """The server's words for a failed COPY, without the frame around them."""
    message = " ".join(error.fields.get("M", error.message).split())
    inner = " ".join(framed(error.fields).get("error", "").split())
    return message if not inner or inner in message else f"{message}: {inner}"


def explained(error: RedshiftError, staging_url: str) -> EssError:
    """The error of a COPY that is nobody's rows' fault, with the way out where it is known."""
    text = _all(error)
    hint = error.hint
    if _ELSEWHERE.search(text):
        hint = (
            "the staging bucket is in another region than the warehouse: name one in its region, or "
            "`--stage csv --copy-option REGION=…`"
        )
    elif _ROLE.search(text):
        hint = "the warehouse can use a role that is attached to it: --iam-role, or `ess redshift register`"
    elif _DENIED.search(text):
        hint = f"the role, or the key of --copy-keys, needs s3:GetObject and s3:ListBucket for {staging_url}"
    return RedshiftError(error.problem, f"COPY failed: {said(error)}", hint, error.fields)


def _all(error: RedshiftError) -> str:
    return f"{error.message} {error.fields.get('M', '')} {error.fields.get('D', '')}"
