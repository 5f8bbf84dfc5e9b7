"""With whose rights COPY and UNLOAD go to S3.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html
"""

import re
from dataclasses import dataclass, field, replace

from ess_plugins.sandbox.redshift.sql.cursor import Cursor
from ess_plugins.sandbox.redshift.sql.tokens import refused

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_PARTS = {"ACCESS_KEY_ID": "access_key_id", "SECRET_ACCESS_KEY": "secret", "SESSION_TOKEN": "token"}
_INVALID = (
    "Invalid credentials. Must be of the format: credentials 'aws_iam_role=...' or "
    "'aws_access_key_id=...;aws_secret_access_key=...[;token=...]'"
)


@dataclass(frozen=True)
class Access:
    """A role by its ARN, or ``default``; or a key."""

    role: str = ""
    access_key_id: str = ""
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    def check(self) -> None:
        """Raise RefusedError where it says neither."""
        if not self.role and not (self.access_key_id and self.secret):
            raise refused("CREDENTIALS argument is required but was not specified", "22023")


NO_ACCESS = Access()


def read_access(cursor: Cursor, so_far: Access) -> Access | None:
    """What a clause about rights adds, or None where another clause comes next."""
    if cursor.take("IAM_ROLE"):
        return replace(so_far, role="default" if cursor.take("DEFAULT") else _role(cursor.string()))
    if cursor.take("WITH", "CREDENTIALS") or cursor.take("CREDENTIALS"):
        cursor.take("AS")
        return _from_text(cursor.string())
    for word, name in _PARTS.items():
        if cursor.take(word):
            cursor.take("AS")
            return replace(so_far, **{name: cursor.string()})
    return None


def _role(text: str) -> str:
    """The first role of a chain."""
    roles = text.split(",")
    if not all(_ROLE.fullmatch(role) for role in roles):
        raise refused(_INVALID, "22023")
    return roles[0]


def _from_text(text: str) -> Access:
    given = dict(part.strip().partition("=")[::2] for part in text.split(";"))
    if "aws_iam_role" in given:
        return Access(_role(given["aws_iam_role"]))
    access = Access("", given.get("aws_access_key_id", ""), given.get("aws_secret_access_key", ""))
    if not access.access_key_id or not access.secret:
        raise refused(_INVALID, "22023")
    return replace(access, token=given.get("token", given.get("aws_session_token", "")))
