"""The access keys of one sandbox: which exist, whose they are, and until when."""

import secrets
import string
import time
from dataclasses import dataclass, field, replace

from ess_plugins.sandbox.api.rights import Policy

ACCOUNT = "123456789012"
"""The account that owns what the sandbox starts with."""

_LETTERS = string.ascii_uppercase + "234567"


@dataclass(frozen=True)
class Identity:
    """Who a key acts as."""

    account: str
    arn: str
    user_id: str


@dataclass(frozen=True)
class Key:
    """One access key; ``session_token`` is empty for a user's own, ``expires_at`` is in Unix seconds.

    Without a ``policy`` it may do anything.
    """

    access_key_id: str
    secret: str = field(repr=False)
    identity: Identity
    session_token: str = field(default="", repr=False)
    expires_at: float = float("inf")
    policy: Policy | None = None

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return time.time() >= self.expires_at


class Keyring:
    """All keys that this sandbox issued."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}
        self._ended: set[str] = set()

    def issue(self, user: str, account: str = ACCOUNT) -> Key:
        """A lasting key of the IAM user ``user``."""
        identity = Identity(account, f"arn:aws:iam::{account}:user/{user}", _random("AIDA"))
        return self._keep(Key(_random("AKIA"), secrets.token_urlsafe(30), identity))

    def issue_temporary(self, identity: Identity, duration_s: float, policy: Policy | None = None) -> Key:
        """A key with a session token, as STS gives."""
        return self._keep(
            Key(
                _random("ASIA"),
                secrets.token_urlsafe(30),
                identity,
                session_token=secrets.token_urlsafe(90),
                expires_at=time.time() + duration_s,
                policy=policy,
            )
        )

    def find(self, access_key_id: str) -> Key | None:
        """The key of this id, if this sandbox issued it."""
        key = self._keys.get(access_key_id)
        return replace(key, expires_at=0.0) if key and access_key_id in self._ended else key

    def expire(self, access_key_id: str) -> None:
        """Let a key's time be over from now on."""
        self._ended.add(access_key_id)

    def revive(self) -> None:
        """Undo every :meth:`expire`."""
        self._ended.clear()

    def _keep(self, key: Key) -> Key:
        self._keys[key.access_key_id] = key
        return key


def _random(prefix: str) -> str:
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(16))
