"""The instance metadata service, version 2, of every instance; each is told an address of its own.

On EC2 only the instance itself can ask, and here only who knows its address.
Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from moto.iam.models import Role

from ess_plugins.sandbox.api.answers import Answer
from ess_plugins.sandbox.api.ec2.backend import all_instances
from ess_plugins.sandbox.api.ec2.instance import SandboxInstance
from ess_plugins.sandbox.api.keys import Identity, Key, Keyring
from ess_plugins.sandbox.api.request import ApiRequest
from ess_plugins.sandbox.api.rights import Policy
from ess_plugins.sandbox.api.world import World

PREFIX = "/_metadata/"
"""Below this path; no bucket name starts with an underscore."""

_LONGEST_S = 21_600  # that a token lasts, and the keys of a role
_RENEWED_S = 900  # before the end of the old ones new keys are there
_TTL, _TOKEN = "x-aws-ec2-metadata-token-ttl-seconds", "x-aws-ec2-metadata-token"
_ROLES = "meta-data/iam/security-credentials/"


class Metadata:
    """Answers requests below PREFIX."""

    def __init__(self, world: World, keyring: Keyring) -> None:
        self._world = world
        self._keyring = keyring
        self._tokens: dict[str, tuple[str, float]] = {}
        self._keys: dict[tuple[str, str], Key] = {}
        self._facts: dict[str, Callable[[SandboxInstance], str]] = {
            "meta-data/instance-id": lambda one: one.id,
            "meta-data/instance-type": lambda one: one.instance_type,
            "meta-data/local-ipv4": lambda one: one.private_ip or "",
            "meta-data/public-ipv4": lambda one: one.public_ip or "",
            "meta-data/placement/availability-zone": lambda one: one.placement.zone or "",
            "meta-data/placement/region": lambda one: one.region_name,
            "dynamic/instance-identity/document": _document,
        }

    def answer(self, request: ApiRequest) -> Answer:
        """Answer one request of an instance that runs."""
        secret, _, path = request.path.removeprefix(PREFIX).partition("/")
        with self._world.lock:
            instance = next((one for one in all_instances() if _is_of(self._world, one, secret)), None)
            if instance is None:
                return _text("", 404)
            if request.method == "PUT" and path == "latest/api/token":
                return self._new_token(instance, request.headers)
            if not self._knows(instance, request.headers.get(_TOKEN, "")):
                return _text("Unauthorized", 401)
            found = self._found(instance, path.removeprefix("latest/"))
        return _text(found or "", 200 if found else 404)

    def _new_token(self, instance: SandboxInstance, headers: Mapping[str, str]) -> Answer:
        lasts = headers.get(_TTL, "")
        if not lasts.isdigit() or not 1 <= int(lasts) <= _LONGEST_S:
            return _text("Bad Request", 400)
        token = secrets.token_urlsafe(40)
        self._tokens[token] = (instance.id, time.time() + int(lasts))
        return _text(token)

    def _knows(self, instance: SandboxInstance, token: str) -> bool:
        instance_id, ends = self._tokens.get(token, ("", 0.0))
        return instance_id == instance.id and time.time() < ends

    def _found(self, instance: SandboxInstance, path: str) -> str | None:
        if fact := self._facts.get(path.rstrip("/")):
            return fact(instance)
        role = _role(instance)
        if role is None or not path.startswith(_ROLES):
            return None
        asked = path.removeprefix(_ROLES)
        return self._credentials(instance, role) if asked == role.name else None if asked else str(role.name)

    def _credentials(self, instance: SandboxInstance, role: Role) -> str:
        key = self._keys.get((instance.id, role.name))
        if key is None or key.expires_at < time.time() + _RENEWED_S:
            key = self._keys[instance.id, role.name] = self._keyring.issue_temporary(
                _identity(instance, role), _LONGEST_S, _policy(role)
            )
        return json.dumps(
            {
                "Code": "Success",
                "Type": "AWS-HMAC",
                "AccessKeyId": key.access_key_id,
                "SecretAccessKey": key.secret,
                "Token": key.session_token,
                "Expiration": datetime.fromtimestamp(key.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )


def url(world: World, instance: SandboxInstance) -> str:
    """Where an instance asks."""
    return f"{world.endpoint}{PREFIX}{_secret(world, instance)}"


def _secret(world: World, instance: SandboxInstance) -> str:
    return hmac.new(world.secret, instance.id.encode(), hashlib.sha256).hexdigest()


def _is_of(world: World, instance: SandboxInstance, secret: str) -> bool:
    return instance.state == "running" and hmac.compare_digest(_secret(world, instance), secret)


def _role(instance: SandboxInstance) -> Role | None:
    """The role of its instance profile."""
    association = instance.ec2_backend.iam_instance_profile_associations.get(instance.id)
    return association.iam_instance_profile.roles[0] if association else None


def _identity(instance: SandboxInstance, role: Role) -> Identity:
    account = instance.ec2_backend.account_id
    arn = f"arn:aws:sts::{account}:assumed-role/{role.name}/{instance.id}"
    return Identity(account, arn, f"{role.id}:{instance.id}")


def _policy(role: Role) -> Policy:
    documents = [Policy.read(text) for text in role.policies.values()]
    return Policy(tuple(statement for one in documents for statement in one.statements))


def _document(instance: SandboxInstance) -> str:
    return json.dumps(
        {
            "accountId": instance.ec2_backend.account_id,
            "instanceId": instance.id,
            "instanceType": instance.instance_type,
            "privateIp": instance.private_ip,
            "region": instance.region_name,
        }
    )


def _text(text: str, status: int = 200) -> Answer:
    return Answer(status, (("Content-Type", "text/plain"),), text.encode())
