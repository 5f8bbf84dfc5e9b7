"""Every failure of AWS becomes one line that says what to do, and never more than AWS said."""

import pytest
from botocore import exceptions

from ess_core.cloud import code, explain, passing
from ess_core.errors import ConfigError, EssError


def _answer(code, message="", status=400, operation="RunInstances"):
    details = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return exceptions.ClientError(details, operation)


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        (
            _answer("ExpiredToken", "The security token included in the request is expired"),
            "AWS credentials have expired (ExpiredToken)",
            "get fresh credentials",
        ),
        (
            _answer("RequestExpired", "Request has expired."),
            "AWS credentials have expired (RequestExpired)",
            "get",
        ),
        (
            _answer("AuthFailure", "AWS was not able to validate the provided access credentials"),
            "AWS does not accept these credentials (AuthFailure): AWS was not able to validate",
            "`ess config show` says where they come from",
        ),
        (_answer("InvalidClientTokenId", "x"), "AWS does not accept these credentials", "`ess config show`"),
        (_answer("SignatureDoesNotMatch", "x"), "AWS does not accept these credentials", "`ess config show`"),
        (
            _answer(
                "SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than 20260101"
            ),
            "this machine's clock is wrong, AWS says: Signature expired",
            "set the clock",
        ),
        (_answer("RequestTimeTooSkewed", "too large"), "this machine's clock is wrong", "set the clock"),
        (
            _answer("AuthFailure", "Not authorized for images: [ami-1]"),
            "RunInstances failed: Not authorized for images: [ami-1] (AuthFailure)",
            "",
        ),
        (
            _answer("UnauthorizedOperation", "You are not. Encoded authorization failure message: Zm9v=="),
            "not allowed to call RunInstances: You are not.",
            "",
        ),
        (_answer("AccessDenied", ""), "not allowed to call RunInstances: AccessDenied", ""),
        (_answer("VcpuLimitExceeded", "too\nmany"), "RunInstances failed: too many (VcpuLimitExceeded)", ""),
        (_answer("", ""), "RunInstances failed:", ""),
        (
            exceptions.NoCredentialsError(),
            "no AWS credentials found",
            "name the console's CSV as aws_credential",
        ),
        (
            exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            "AWS credentials cannot be used: ",
            "`ess config show`",
        ),
        (
            exceptions.CredentialRetrievalError(provider="sso", error_msg="x"),
            "AWS credentials cannot be used: ",
            "`ess config show`",
        ),
        (
            exceptions.SSOTokenLoadError(error_msg="none"),
            "the AWS sign-in cannot be used: ",
            "`aws sso login`",
        ),
        (exceptions.UnauthorizedSSOTokenError(), "the AWS sign-in cannot be used: ", "`aws sso login`"),
        (exceptions.ProfileNotFound(profile="x"), "AWS configuration: ", ""),
        (
            exceptions.EndpointConnectionError(
                endpoint_url="http://127.0.0.1:9/x?secret=1", error="[Errno 111] Connection refused"
            ),
            "cannot reach AWS at http://127.0.0.1:9/x: Connection refused",
            "check the network",
        ),
        (
            exceptions.ReadTimeoutError(endpoint_url="http://127.0.0.1:9", error="Read timed out."),
            "cannot reach AWS at http://127.0.0.1:9: timed out",
            "check the network",
        ),
        (
            exceptions.ConnectionClosedError(endpoint_url="http://127.0.0.1:9"),
            "cannot reach AWS at http://127.0.0.1:9: connection closed",
            "check the network",
        ),
        (
            exceptions.SSLError(
                endpoint_url="https://127.0.0.1:9",
                error="[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate "
                "(_ssl.c:1006)",
            ),
            "cannot reach AWS at https://127.0.0.1:9: certificate verify failed: self-signed certificate",
            "check the network",
        ),
        (exceptions.ParamValidationError(report="bad name"), "Parameter validation failed: bad name", ""),
        (exceptions.InvalidRegionError(region_name="x y"), "Provided region_name 'x y'", ""),
        (ValueError("odd\nthing"), "AWS call failed: odd thing", ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_failure_is_one_line_with_a_way_out(error, message, hint):
    said = explain(error)
    assert said.message.startswith(message)
    assert said.hint.startswith(hint)
    assert "\n" not in said.message
    assert "Encoded" not in said.message
    assert "secret" not in said.message


def test_what_the_user_can_mend_in_the_configuration_is_exit_code_2():
    assert isinstance(explain(exceptions.NoCredentialsError()), ConfigError)
    assert isinstance(explain(exceptions.ProfileNotFound(profile="x")), ConfigError)
    assert explain(_answer("ExpiredToken")).exit_code == 1


def test_what_is_explained_already_stays_as_it_is():
    error = EssError("disk full", "make room")
    assert explain(error) is error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (_answer("RequestLimitExceeded", status=503), True),
        (_answer("Throttling"), True),
        (_answer("InternalError", status=500), True),
        (_answer("", status=502), True),
        (exceptions.EndpointConnectionError(endpoint_url="x"), True),
        (exceptions.ReadTimeoutError(endpoint_url="x"), True),
        (_answer("UnauthorizedOperation", status=403), False),
        (_answer("RequestExpired"), False),
        (exceptions.NoCredentialsError(), False),
        (ValueError(), False),
    ],
    ids=str,
)
def test_only_what_may_work_in_a_moment_passes(error, expected):
    assert passing(error) is expected


def test_only_an_answer_of_aws_has_a_code():
    assert code(_answer("AuthFailure")) == "AuthFailure"
    assert code(ValueError()) == code(exceptions.NoCredentialsError()) == ""
