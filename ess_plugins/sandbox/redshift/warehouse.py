"""What all sessions share: the database, the log, S3, and what the API process knows."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ess_plugins.sandbox.door import Door
from ess_plugins.sandbox.redshift.loading.log import LoadLog
from ess_plugins.sandbox.redshift.loading.s3 import Buckets
from ess_plugins.sandbox.redshift.postgres import ADMIN, OWNER, Postgres
from ess_plugins.sandbox.redshift.sql.access import Access
from ess_plugins.sandbox.redshift.sql.tokens import identifier
from ess_plugins.sandbox.redshift.wire.client import Client
from ess_plugins.sandbox.redshift.wire.messages import RefusedError, Report

START_S = 120.0
"""How long a first session waits for the database."""
_EXISTS = ("42710", "42P04")


@dataclass(frozen=True)
class Guest:
    """Somebody whom the API process knows: any of ``passwords`` lets in, as the database's ``role``."""

    role: str
    superuser: bool
    created: bool
    databases: tuple[str, ...]
    passwords: tuple[str, ...] = field(repr=False)


class Warehouse:
    """One for the process; safe from several threads."""

    def __init__(self, postgres: Postgres, door: Door, endpoint: str, region: str) -> None:
        key = door.issue_key("redshift")
        own = Access("", key["access_key_id"], key["secret_access_key"])
        self.log = LoadLog(postgres.log)
        self.buckets = Buckets(endpoint, region, own)
        self.spool = Path()  # the process's own working folder, so that no path needs quoting
        self.wanted = threading.Event()
        self._postgres = postgres
        self._door = door
        self._lock = threading.Lock()

    def opens(self, address: str) -> bool:
        """Whether a cluster or workgroup at this address takes connections now."""
        answer: bool = self._door.ask("warehouse/opens", address=address)["opens"]
        return answer

    def guest(self, address: str, user: str) -> Guest:
        """Who logs in at this address as ``user``; without passwords where nobody knows him."""
        answer = self._door.ask("warehouse/guest", address=address, user=user)
        lists = {name: tuple(answer[name]) for name in ("databases", "passwords")}
        return Guest(**{**answer, **lists})

    def fault(self, *names: str) -> str:
        """The first planned fault among ``names``, used up now; empty where none is planned."""
        answer: str = self._door.ask("warehouse/fault", names=names)["fault"]
        return answer

    def plan_fault(self, name: str) -> None:
        """Let the next COPY or COMMIT fail. Raises EssError for a name that there is not."""
        self._door.plan(warehouse=[name])

    def enter(self, guest: Guest) -> None:
        """Start the database if this is the first session, and make role and databases that are not there.

        Raises RefusedError where it does not start.
        """
        self.start()
        with self._lock, self._admin() as admin:
            if guest.created:
                rights = "SUPERUSER" if guest.superuser else ""
                _unless_exists(admin, f"CREATE ROLE {identifier(guest.role)} LOGIN {rights}")
            for database in guest.databases:
                _unless_exists(admin, f"CREATE DATABASE {identifier(database)}")

    def start(self) -> None:
        """Return when the database serves. Raises RefusedError where it does not start."""
        self.wanted.set()
        self._postgres.started.wait(START_S)
        if self._postgres.failure:
            raise RefusedError(Report(self._postgres.failure, "57P03", severity="FATAL"))

    def connect(self) -> Any:
        """A new connection to the database."""
        return self._postgres.connect()

    def _admin(self) -> Client:
        return Client(self._postgres.connect(), OWNER, ADMIN)


def _unless_exists(admin: Client, sql: str) -> None:
    try:
        admin.query(sql)
    except RefusedError as error:
        if error.report.code not in _EXISTS:
            raise
