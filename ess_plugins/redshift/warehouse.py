"""What ess knows of a warehouse before it connects: where it is, and who logs in how."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ess_core.errors import UsageError

PORT = 5439
"""Where Redshift listens unless told otherwise."""

NAME_FORM = "[A-Za-z0-9-]{1,64}"
HOST_FORM = r"(?=.{1,253}\Z)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*"
ROLE_FORM = r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,512}"
SECRET_FORM = r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@!-]{1,512}"  # noqa: S105 - of an ARN
_BUCKET_FORM = r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
STAGING_FORM = rf"{_BUCKET_FORM}(/[^\s]*)?"
UNLOAD_FORM = rf"{_BUCKET_FORM}/[^\x00-\x1f\x7f]*"


class Kind(StrEnum):
    """What the name of a warehouse is the name of; it is said by the user and never guessed."""

    CLUSTER = "cluster"
    WORKGROUP = "workgroup"


class Auth(StrEnum):
    """Where the password comes from, which is never kept."""

    IAM = "iam"
    PASSWORD = "password"  # noqa: S105 - the word for it
    SECRET = "secret"  # noqa: S105 - the word for it


@dataclass(frozen=True)
class Warehouse:
    """A database of a cluster or a serverless workgroup, and how to log in to it.

    Empty texts and port 0 stand for what is to be asked of AWS, or is not there: ``host`` and ``port`` come
    from its endpoint, ``user`` of IAM is the one who stands for the caller.
    """

    label: str
    kind: Kind
    name: str
    database: str
    user: str
    auth: Auth
    region: str
    secret_arn: str = ""
    host: str = ""
    port: int = 0
    iam_role: str = ""
    staging: str = ""

    @property
    def title(self) -> str:
        """Its name for a person: ``cluster sales``."""
        return f"{self.kind} {self.name}"

    def check(self) -> None:
        """Raise UsageError where a part cannot be, or its parts do not go together."""
        self._check_words()
        if not self.database:
            raise UsageError(f"a database of {self.title} has to be named")
        if self.auth is Auth.SECRET and not self.secret_arn:
            raise UsageError("to log in by secret, its ARN is needed")
        if self.secret_arn and self.auth is not Auth.SECRET:
            raise UsageError(f"there is the ARN of a secret, and the login is by {self.auth}")
        if self.auth is Auth.PASSWORD and not self.user:
            raise UsageError("to log in by password, a user is needed")
        if self.auth is Auth.IAM and self.kind is Kind.WORKGROUP and self.user:
            raise UsageError(
                f"with IAM, a workgroup lets you in as who you are, and not as {self.user}",
                "leave the user out, or log in by password or secret",
            )

    def _check_words(self) -> None:
        """Raise UsageError for what can be no name of it, its host, its database or its user."""
        if not matches(NAME_FORM, self.name):
            raise UsageError(f"{self.name!r} is no name of a {self.kind}: it has letters, digits and - only")
        if self.host and not matches(HOST_FORM, self.host):
            raise UsageError(f"{self.host!r} is no name of a host, and no IPv4 address")
        for part in (self.database, self.user):
            if not part.isprintable():
                raise UsageError(f"{part!r} is no name of a database or user")


def matches(form: str, text: str) -> bool:
    """Whether ``text`` has one of the forms above."""
    return re.fullmatch(form, text, re.ASCII) is not None
