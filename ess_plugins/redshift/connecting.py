"""A connection to a warehouse, and a clear sentence where there can be none."""

import contextlib
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ess_core import interrupts
from ess_core.cloud import Cloud
from ess_core.conf import Conf
from ess_plugins.redshift import driver, failures
from ess_plugins.redshift.endpoints import Endpoint, groups_text, locate
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.logins import Ask, login
from ess_plugins.redshift.schema import SECTION, SECTION_NAME
from ess_plugins.redshift.warehouse import Auth, Warehouse

Row = Sequence[Any]

_MS = 1000


class Connection:
    """An open connection; each statement is committed by itself, unless a transaction was begun in SQL.

    Whatever fails is a RedshiftError. Use it in a ``with`` block.
    """

    def __init__(self, raw: Any, warehouse: Warehouse, endpoint: Endpoint) -> None:
        self._raw = raw
        self._errors = (driver.load().Error, *failures.LOST)
        self.warehouse = warehouse
        self.endpoint = endpoint

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it; what was not committed is rolled back."""
        with contextlib.suppress(*self._errors):
            self._raw.close()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return bool(self._raw.in_transaction)

    def cancel(self) -> None:
        """Have the server end what it does for this connection now, from any thread; it may fail silently."""
        with contextlib.suppress(OSError):
            driver.cancel(self._raw)

    def execute(self, sql: str, values: Sequence[Any] = (), style: str = "format") -> "Answer":
        """Run one statement; ``style`` is the DB-API's paramstyle of where the values go, if there are any.

        The driver holds all rows of an answer in memory: what may be large goes through a cursor of SQL.
        Where a signal ends the wait, the server is asked to end the statement too.
        """
        with self._explained():
            cursor = self._raw.cursor()
            cursor.paramstyle = style
            cursor.execute(sql, tuple(values) or None)  # with None it looks for no parameters
            names = [_text(column[0]) for column in cursor.description or ()]
            return Answer(names, list(cursor.fetchall()) if names else [], cursor.rowcount)

    def notices(self) -> list[str]:
        """What the server told besides, since the last time this was asked."""
        found = [notice.get(b"M", b"").decode("utf-8", "replace") for notice in self._raw.notices]
        self._raw.notices.clear()
        return found

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            with interrupts.deferred():
                self.cancel()
            raise
        except self._errors as error:
            raise failures.explained(error, self.warehouse.title) from error


@dataclass(frozen=True)
class Answer:
    """What a statement gave: names of columns and rows, or neither; ``changed`` rows, -1 if nobody knows."""

    names: Sequence[str]
    rows: Sequence[Row]
    changed: int


def connect(cloud: Cloud, conf: Conf, warehouse: Warehouse, ask: Ask) -> Connection:
    """Connect as the warehouse's auth says; ``ask`` gets a password that has to be typed.

    Raises RedshiftError with its Problem where that fails, and EssError where AWS or the conf is in the way.
    """
    driver.load()
    section = conf.section(SECTION_NAME)
    ca_file = _ca_file(conf)
    endpoint = locate(cloud, warehouse)
    who = login(cloud, warehouse, ask)
    timeout_s = section.get("connect_timeout", SECTION["connect_timeout"]["default"])
    try:
        raw = driver.dial(endpoint, warehouse.database, who, timeout_s, ca_file)
    except (driver.load().Error, *failures.LOST) as error:
        raise _refused(error, warehouse, endpoint, timeout_s) from error
    connection = Connection(raw, warehouse, endpoint)
    if statement_timeout_s := section.get("statement_timeout", 0):
        connection.execute(f"SET statement_timeout TO {int(statement_timeout_s) * _MS}")
    return connection


def _text(name: str | bytes) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name


def _ca_file(conf: Conf) -> Path | None:
    name = conf.section(SECTION_NAME).get("ca_file")
    return driver.checked_ca_file(conf.beside(name), conf.where(SECTION_NAME, "ca_file")) if name else None


def _refused(error: BaseException, warehouse: Warehouse, endpoint: Endpoint, timeout_s: int) -> RedshiftError:
    fields = failures.fields_of(error)
    if failures.is_login(fields):
        return RedshiftError(
            Problem.LOGIN,
            f"{warehouse.title} refuses the login: {fields['M']}",
            _login_hint(warehouse),
            fields,
        )
    if failures.is_no_database(fields):
        return RedshiftError(
            Problem.DATABASE,
            f"{warehouse.title}: {fields['M']}",
            "register it again with another DBNAME",
            fields,
        )
    if fields:
        return failures.explained(error, warehouse.title)
    return _unreachable(error, warehouse, endpoint, timeout_s)


def _login_hint(warehouse: Warehouse) -> str:
    if warehouse.auth is Auth.PASSWORD:
        return "check the user, and ESS_REDSHIFT_PASSWORD where it is set"
    if warehouse.auth is Auth.SECRET:
        return "the secret may be of another warehouse, or older than the password"
    return "with IAM the user must be there: CREATE USER, or register without USER to log in as who you are"


def _unreachable(
    error: BaseException, warehouse: Warehouse, endpoint: Endpoint, timeout_s: int
) -> RedshiftError:
    cause = failures.cause_of(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return RedshiftError(
            Problem.UNVERIFIED,
            f"the certificate of {endpoint} is not to be trusted: {cause.verify_message}",
            "ca_file in [Redshift] of instance.conf names a file of certificates to trust; "
            "with --host, the certificate must have that name",
        )
    if failures.is_silence(error):
        return RedshiftError(
            Problem.UNREACHABLE,
            f"{warehouse.title} did not answer at {endpoint} within {timeout_s} s",
            _way_in(endpoint),
        )
    return RedshiftError(
        Problem.UNREACHABLE,
        f"{warehouse.title} cannot be reached at {endpoint}: {failures.network_words(error)}",
        "`ess redshift list` shows whether it is paused; --host and --port say another way to it",
    )


def _way_in(endpoint: Endpoint) -> str:
    if not endpoint.is_public:
        return (
            "it has no public address: work from within its VPC, or through a tunnel with --host and --port"
        )
    groups = groups_text(endpoint.security_groups) if endpoint.security_groups else "its security group"
    return f"let this machine's address in on port {endpoint.port}: {groups}"
