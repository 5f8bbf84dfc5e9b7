"""With whose rights COPY reads the staging folder."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ess_core.cloud import Cloud
from ess_core.errors import UsageError
from ess_plugins.redshift.failures import RedshiftError
from ess_plugins.redshift.sql.quoting import lit
from ess_plugins.redshift.warehouse import ROLE_FORM, matches

DEFAULT_ROLE = "default"
_LASTS_S = 3600
_HIDDEN = "***"


@dataclass(frozen=True)
class Clause:
    """The words of COPY that say so, and what of them nobody may see."""

    sql: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def without_secrets(self, text: str) -> str:
        """``text``, with stars where a secret was."""
        for secret in self.secrets:
            text = text.replace(secret, _HIDDEN)
        return text

    def cleaned(self, error: RedshiftError) -> RedshiftError:
        """The error without a secret in what it says, nor in what the server said."""
        fields = {name: self.without_secrets(value) for name, value in error.fields.items()}
        hide = self.without_secrets
        return RedshiftError(error.problem, hide(error.message), hide(error.hint), fields)


class Access(Protocol):
    """Gives the words for one COPY."""

    def clause(self) -> Clause:
        """What is asked for each COPY anew, as keys expire."""


@dataclass(frozen=True)
class Role:
    """A role that the warehouse has, by its ARN, or ``default``."""

    name: str

    def __post_init__(self) -> None:
        if self.name != DEFAULT_ROLE and not matches(ROLE_FORM, self.name):
            raise UsageError(
                f"{self.name!r} is not the ARN of a role", "arn:aws:iam::123456789012:role/NAME, or default"
            )

    def clause(self) -> Clause:
        """IAM_ROLE."""
        return Clause("IAM_ROLE DEFAULT" if self.name == DEFAULT_ROLE else f"IAM_ROLE {lit(self.name)}")


@dataclass(frozen=True)
class SessionKey:
    """A key that expires."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True)
class Keys:
    """Session keys of the one who loads, got anew for each COPY."""

    get: Callable[[], SessionKey]

    def clause(self) -> Clause:
        """CREDENTIALS: of the ways to write a key, the one that COPY takes with Parquet too.

        Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
        """
        key = self.get()
        parts = {
            "aws_access_key_id": key.access_key_id,
            "aws_secret_access_key": key.secret_access_key,
            "token": key.token,
        }
        text = ";".join(f"{name}={value}" for name, value in parts.items())
        return Clause(f"CREDENTIALS {lit(text)}", (key.token, key.secret_access_key, key.access_key_id))


def session_keys(cloud: Cloud) -> Keys:
    """Keys that STS makes of lasting ones; what are session keys already are taken as they are.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """

    def get() -> SessionKey:
        found = cloud.session.get_credentials()
        own = found.get_frozen_credentials() if found else None
        if own and own.access_key and own.secret_key and own.token:
            return SessionKey(own.access_key, own.secret_key, own.token)
        given = cloud.client("sts").get_session_token(DurationSeconds=_LASTS_S)["Credentials"]
        return SessionKey(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    return Keys(get)
