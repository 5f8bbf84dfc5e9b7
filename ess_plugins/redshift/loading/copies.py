"""COPY what is staged into a table of the session, from which it goes on into the target."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ess_core.errors import EssError
from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.failures import RedshiftError
from ess_plugins.redshift.loading.access import Access, Clause
from ess_plugins.redshift.loading.explaining import CopyError, Explainer
from ess_plugins.redshift.loading.fitting import FILE_NUMBER
from ess_plugins.redshift.loading.model import Load, LoadFile, Progress
from ess_plugins.redshift.loading.refusals import explained, is_about_rows, is_passing
from ess_plugins.redshift.loading.stage import Stage
from ess_plugins.redshift.loading.staging import StagingArea
from ess_plugins.redshift.sql.quoting import ident, idents, lit

_OWN_OPTIONS = {
    Stage.PARQUET: ("STATUPDATE OFF",),  # it knows no COMPUPDATE
    Stage.CSV: ("COMPUPDATE OFF", "STATUPDATE OFF"),
}


@dataclass(frozen=True)
class SessionTable:
    """A temporary table with the staged columns.

    ``file_column`` has the number of each row's file; it is empty where rows are staged without.
    """

    name: str
    file_column: str = ""

    def __str__(self) -> str:
        return ident(self.name)


def session_table(connection: Connection, plan: Load) -> SessionTable:
    """Make it, with the types that the target has, and none of its constraints."""
    added = {column.name: column.type for column in plan.added}
    columns = [
        f"CAST(NULL AS {added[name]}) AS {ident(name)}" if name in added else ident(name)
        for name in plan.names
    ]
    made = SessionTable(f"ess_staged_{plan.load_id}", FILE_NUMBER if plan.target.has_file_id else "")
    if made.file_column:
        columns.append(f"CAST(0 AS INTEGER) AS {ident(made.file_column)}")
    connection.execute(
        f"CREATE TEMP TABLE {made} AS SELECT {', '.join(columns)} FROM {plan.target.name} WHERE 1 = 0"  # noqa: S608 - quoted
    )
    return made


class Copying:
    """COPYs of one session into a table of it, which this makes.

    ``copied`` are the files whose rows are in ``table``, or that have none; ``quarantined`` says why others
    were left out.
    """

    def __init__(self, connection: Connection, area: StagingArea, plan: Load, access: Access) -> None:
        self.connection = connection
        self.table = session_table(connection, plan)
        self.copied: list[LoadFile] = []
        self.quarantined: dict[int, str] = {}
        self._area = area
        self._plan = plan
        self._access = access
        self._explainer = Explainer(connection, area.url)

    def run(self, files: Iterable[LoadFile], progress: Progress | None = None) -> None:
        """Copy those that are not copied yet.

        Raises CopyError where COPY refuses files and they are not to be left out, RedshiftError and EssError
        for all other failures.
        """
        known = {file.number for file in self.copied}
        todo = [file for file in files if file.number not in known]
        shown = _Shown(progress, sum(file.rows for file in (*self.copied, *todo)))
        shown.add(sum(file.rows for file in self.copied))
        self._copy([file for file in todo if file.objects], shown)
        self.copied += [file for file in todo if file.number not in self.quarantined]

    def _copy(self, files: Sequence[LoadFile], shown: "_Shown") -> None:
        """Copy all of them, else halves of them where some may be left out."""
        if not files:
            return
        refusal = self._refusal(files)
        if refusal is None:
            shown.add(self._counted(files))
        elif not self._plan.isolate:
            raise refusal
        elif len(files) == 1:
            self.quarantined[files[0].number] = refusal.reason
        else:
            middle = len(files) // 2
            self._copy(files[:middle], shown)
            self._copy(files[middle:], shown)

    def _refusal(self, files: Sequence[LoadFile]) -> CopyError | None:
        """Run one COPY; what it says where these files are at fault. Raises what else went wrong."""
        manifest = self._area.manifest(one for file in files for one in file.objects)
        clause = self._access.clause()
        error = self._error(self._sql(manifest, clause), clause)
        if error is None:
            return None
        if is_passing(error):
            raise error
        if is_about_rows(error):
            return self._explainer.explain(error, files)
        raise explained(error, self._area.url)

    def _error(self, sql: str, clause: Clause) -> RedshiftError | None:
        """Run it; the error is made anew, as what the driver raised may tell secrets."""
        try:
            self.connection.execute(sql)
            self.connection.notices()
        except RedshiftError as error:
            return clause.cleaned(error)
        except BaseException as error:  # a signal, whose context in the driver has the statement in it
            error.__context__ = None
            raise
        return None

    def _sql(self, manifest: str, clause: Clause) -> str:
        given = self._plan.options_sql
        own = [one for one in _OWN_OPTIONS[self._plan.stage] if one.split()[0] not in given.split()]
        form = f"{self._plan.stage.copy_sql} MANIFEST"
        return " ".join(
            filter(None, [f"COPY {self.table} FROM {lit(manifest)}", clause.sql, form, *own, given])
        )

    def _counted(self, files: Sequence[LoadFile]) -> int:
        """How many rows were copied. Raises EssError unless these are all that were staged."""
        wanted = sum(file.rows for file in files)
        ((copied,),) = self.connection.execute("SELECT pg_last_copy_count()").rows
        if int(copied) != wanted:
            raise EssError(
                f"{wanted:,} rows were staged and COPY took {int(copied):,}; nothing was loaded",
                "something changed the staging folder meanwhile: run it again",
            )
        return wanted


class _Shown:
    """How many rows are copied."""

    def __init__(self, progress: Progress | None, wanted: int) -> None:
        self._progress, self._wanted, self._rows = progress, wanted, 0

    def add(self, rows: int) -> None:
        """So many more are."""
        self._rows += rows
        if self._progress:
            self._progress.count("rows copied", self._rows, self._wanted)


def check_keys(connection: Connection, table: SessionTable, key: Sequence[str]) -> None:
    """Raise EssError where rows have the same key, or none: the warehouse itself enforces neither."""
    if not key:
        return
    columns = idents(key)
    is_null = " OR ".join(f"{ident(name)} IS NULL" for name in key)
    ((nulls,),) = connection.execute(f"SELECT count(*) FROM {table} WHERE {is_null}").rows  # noqa: S608 - quoted
    twice = f"SELECT {columns} FROM {table} GROUP BY {columns} HAVING count(*) > 1"  # noqa: S608 - quoted
    ((keys,),) = connection.execute(f"SELECT count(*) FROM ({twice}) AS twice").rows  # noqa: S608 - quoted
    shown = ", ".join(key)
    if nulls:
        raise EssError(f"{int(nulls):,} rows have no key: {shown} is NULL in them", "nothing was loaded")
    if keys:
        raise EssError(
            f"{int(keys):,} keys ({shown}) are in several rows of what is to be loaded",
            "nothing was loaded; --upsert-key names columns that tell rows apart",
        )
