"""Is this an access key at all? Said without repeating any of it."""

import re

from ess_core.conf.mask import SECRET_KEY_CHARS, may_be_secret
from ess_core.errors import ConfigError

_PLACEHOLDER = re.compile(r"\*\*.*\*\*|<.*>")
_NAMED_PLACEHOLDER = re.compile(r"\*\*[A-Za-z_ ]{1,24}\*\*|<[A-Za-z_ ]{1,24}>")
_ID = "Access key ID"
_SECRET = "Secret access key"  # noqa: S105 - the title of a column
_HINT = "download the CSV from the IAM console once more, or create a new access key there"


def check(identifier: str, secret: str, where: str) -> None:
    """Raise ConfigError, beginning with ``where``, unless both can be the two halves of an access key."""
    for title, value in ((_ID, identifier), (_SECRET, secret)):
        if not value:
            raise ConfigError(f"{where}: {title} is empty", _HINT)
        if _PLACEHOLDER.fullmatch(value):
            raise ConfigError(f"{where}: {title} is still the placeholder {_name(value)}", _HINT)
    if _is_id(secret):
        raise ConfigError(f"{where}: {_swap(identifier)}", "put each value under its own title")
    if not re.fullmatch(r"[A-Za-z0-9_]{4,128}", identifier) or len(identifier) == SECRET_KEY_CHARS:
        raise ConfigError(f"{where}: what stands under '{_ID}' is not one", _HINT)
    if not re.fullmatch(r"[!-~]+", secret):
        raise ConfigError(f"{where}: what stands under '{_SECRET}' is not one", _HINT)
    if identifier.startswith("ASIA"):
        raise ConfigError(
            f"{where}: this is a temporary key, which a CSV cannot hold (it needs a session token)",
            "use a profile, or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
        )


def _is_id(value: str) -> bool:
    return bool(re.fullmatch(r"[A-Z0-9]{16,32}", value))


def _swap(identifier: str) -> str:
    if _is_id(identifier):
        return f"'{_SECRET}' holds an access key id, not a secret"
    return f"'{_ID}' and '{_SECRET}' are swapped"


def _name(placeholder: str) -> str:
    shown = _NAMED_PLACEHOLDER.fullmatch(placeholder) and not may_be_secret(placeholder)
    return placeholder if shown else "between ** or < >"
