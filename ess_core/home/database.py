"""SQLite databases in ESS_HOME: for several processes at once, with versions, and plain about damage."""

import os
import shlex
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from ess_core.errors import EssError
from ess_core.home.paths import home, private_folder

BUSY_S = 30.0
"""How long one process waits for another to finish its transaction."""

_PAUSE_S = 0.02
_PRIMARY = 0xFF  # the part of an error code that says the kind
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_NO_ACCESS = {
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class DamagedDatabaseError(EssError):
    """The file is no database any more, or not this one."""


@dataclass(frozen=True)
class Database:
    """One database: ``name`` of its file, ``application_id`` in it, ``remedy`` for who has lost it.

    ``migrations`` has the statements that lead from each version to the next; one that was released never
    changes.
    """

    name: str
    application_id: int
    migrations: tuple[tuple[str, ...], ...]
    remedy: str

    @property
    def path(self) -> Path:
        """Its file; ``-wal`` and ``-shm`` beside it are part of it."""
        return home() / self.name

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One state of it, whatever others write meanwhile; an empty one where there is no file yet.

        Raises DamagedDatabaseError, and EssError where it cannot be read or a newer ess wrote it.
        """
        with self._explained(), closing(self._readable()) as database:
            database.execute("BEGIN")
            yield database

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """A connection for several transactions in turn, which also share what is temporary in it.

        Raises as ``writing`` does.
        """
        with self._explained(), closing(self._writable()) as database:
            yield database

    @contextmanager
    def writing(self, on: sqlite3.Connection | None = None) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is kept, or nothing where the block raises. Others wait for their turn.

        It is one of the connection ``on``, where that is given. Raises as ``reading`` does, and EssError
        where ESS_HOME cannot be written.
        """
        with self._explained(), nullcontext(on) if on else closing(self._writable()) as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            finally:
                if database.in_transaction:
                    database.execute("ROLLBACK")

    def _readable(self) -> sqlite3.Connection:
        try:
            os.lstat(self.path)
        except FileNotFoundError:
            database = sqlite3.connect(":memory:", isolation_level=None)
            self._migrate(database, 0)
            return database
        except OSError as error:  # what is there is unknown, which is not the same as nothing
            raise self._unusable(error.strerror or str(error)) from error
        if os.access(self.path.parent, os.W_OK) and os.access(self.path, os.W_OK):
            return self._writable()
        return self._prepared(_connect(self.path, _read_only(self.path)))

    def _writable(self) -> sqlite3.Connection:
        private_folder()
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        return self._prepared(_connect(self.path, "mode=rw"))

    def _prepared(self, database: sqlite3.Connection) -> sqlite3.Connection:
        try:
            database.execute("BEGIN")
            version = self._version(database)
            database.execute("COMMIT")
            if version < len(self.migrations):
                self._upgrade(database)
        except BaseException:
            database.close()
            raise
        return database

    def _upgrade(self, database: sqlite3.Connection) -> None:
        _use_wal(database)
        database.execute("BEGIN IMMEDIATE")
        self._migrate(database, self._version(database))  # another process may have been quicker
        database.execute("COMMIT")

    def _migrate(self, database: sqlite3.Connection, version: int) -> None:
        for statements in self.migrations[version:]:
            for statement in statements:
                database.execute(statement)
        database.execute(f"PRAGMA application_id = {self.application_id}")
        database.execute(f"PRAGMA user_version = {len(self.migrations)}")

    def _version(self, database: sqlite3.Connection) -> int:
        """The version of what is there, 0 for nothing yet; to be asked within a transaction."""
        whose, version, tables = (
            database.execute(question).fetchone()[0]
            for question in (
                "PRAGMA application_id",
                "PRAGMA user_version",
                "SELECT count(*) FROM sqlite_master",
            )
        )
        if not (whose or version or tables):
            return 0
        if whose != self.application_id:
            raise self._damaged("is a database of something else")
        if version > len(self.migrations):
            raise EssError(
                f"{self.path} was written by a newer ess (version {version} of it, and this one knows "
                f"{len(self.migrations)})",
                "update ess, or set ESS_HOME to another folder",
            )
        return int(version)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            kind = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
            if kind in _DAMAGED:
                raise self._damaged(f"is damaged: {error}") from error
            if kind in _BUSY:
                raise EssError(
                    f"another ess has been writing to {self.path} for {BUSY_S:.0f} seconds", "try again later"
                ) from error
            if kind in _NO_ACCESS:
                raise self._unusable(str(error)) from error
            raise

    def _damaged(self, what: str) -> DamagedDatabaseError:
        path = shlex.quote(str(self.path))
        aside = shlex.quote(f"{self.path}.damaged")
        return DamagedDatabaseError(f"{self.path} {what}", f"mv {path} {aside}; then {self.remedy}")

    def _unusable(self, why: str) -> EssError:
        return EssError(
            f"cannot read and write {self.path}: {why}", "set ESS_HOME to a folder you can write, with room"
        )


def _connect(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?{how}", timeout=BUSY_S, isolation_level=None, uri=True)


def _read_only(path: Path) -> str:
    """Without a log beside it, nothing is missed by not looking for one, which would have to be made."""
    return "mode=ro" if os.path.exists(f"{path}-wal") else "mode=ro&immutable=1"


def _use_wal(database: sqlite3.Connection) -> None:
    """Let readers and a writer work at once; SQLite does not wait its time-out for this one."""
    give_up = time.monotonic() + BUSY_S
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY not in _BUSY or time.monotonic() > give_up:
                raise
            time.sleep(_PAUSE_S)
        else:
            return
