"""STS: who a key belongs to, and temporary keys."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from ess_plugins.sandbox.api.answers import Answer, error, xml
from ess_plugins.sandbox.api.keys import Identity, Key, Keyring
from ess_plugins.sandbox.api.refused import RefusedError
from ess_plugins.sandbox.api.request import ApiRequest
from ess_plugins.sandbox.api.rights import Policy

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


def answer(request: ApiRequest, caller: Key, keyring: Keyring) -> Answer:
    """Answer one STS call of ``caller``."""
    handler = _HANDLERS.get(request.action)
    if handler is None:
        return error("sts", "InvalidAction", f"Could not find operation {request.action}", 400)
    try:
        return _result(request.action, handler(request.parameters, caller, keyring))
    except RefusedError as refused:
        return error("sts", refused.code, refused.message, refused.http)
    except (KeyError, ValueError) as problem:
        return error("sts", "ValidationError", f"1 validation error detected: {problem}", 400)


def _get_caller_identity(_given: Mapping[str, str], caller: Key, _keyring: Keyring) -> str:
    who = caller.identity
    return f"<Arn>{escape(who.arn)}</Arn><UserId>{who.user_id}</UserId><Account>{who.account}</Account>"


def _get_session_token(given: Mapping[str, str], caller: Key, keyring: Keyring) -> str:
    return _credentials(keyring.issue_temporary(caller.identity, _duration_s(given, 43_200), caller.policy))


def _get_federation_token(given: Mapping[str, str], caller: Key, keyring: Keyring) -> str:
    """For a user with a key of his own; without a policy nothing of his rights passes on."""
    if caller.session_token:
        raise RefusedError("AccessDenied", "Cannot call GetFederationToken with session credentials", 403)
    account, name = caller.identity.account, given["Name"]
    arn = f"arn:aws:sts::{account}:federated-user/{name}"
    policy = Policy.read(given["Policy"]) if "Policy" in given else Policy(())
    who = Identity(account, arn, f"{account}:{name}")
    key = keyring.issue_temporary(who, _duration_s(given, 43_200), policy)
    user = f"<FederatedUserId>{escape(key.identity.user_id)}</FederatedUserId><Arn>{escape(arn)}</Arn>"
    return f"{_credentials(key)}<FederatedUser>{user}</FederatedUser>"


def _assume_role(given: Mapping[str, str], _caller: Key, keyring: Keyring) -> str:
    role, session = given["RoleArn"], given["RoleSessionName"]
    account = role.split(":")[4]
    arn = f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{session}"
    key = keyring.issue_temporary(Identity(account, arn, f"AROASANDBOX:{session}"), _duration_s(given, 3_600))
    user = f"<AssumedRoleId>{escape(key.identity.user_id)}</AssumedRoleId><Arn>{escape(arn)}</Arn>"
    return f"{_credentials(key)}<AssumedRoleUser>{user}</AssumedRoleUser>"


_HANDLERS: dict[str, Callable[[Mapping[str, str], Key, Keyring], str]] = {
    "GetCallerIdentity": _get_caller_identity,
    "GetSessionToken": _get_session_token,
    "GetFederationToken": _get_federation_token,
    "AssumeRole": _assume_role,
}


def _duration_s(given: Mapping[str, str], default: int) -> int:
    seconds = int(given.get("DurationSeconds", default))
    if not 900 <= seconds <= 129_600:
        raise ValueError("durationSeconds must be between 900 and 129600")
    return seconds


def _credentials(key: Key) -> str:
    expires = datetime.fromtimestamp(key.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f"<Credentials><AccessKeyId>{key.access_key_id}</AccessKeyId>"
        f"<SecretAccessKey>{key.secret}</SecretAccessKey><SessionToken>{key.session_token}</SessionToken>"
        f"<Expiration>{expires}</Expiration></Credentials>"
    )


def _result(action: str, inner: str) -> Answer:
    return xml(
        f'<{action}Response xmlns="{_NAMESPACE}"><{action}Result>{inner}</{action}Result>'
        f"<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></{action}Response>"
    )
