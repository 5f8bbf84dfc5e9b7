"""Load what is staged, exactly once: whatever fails is tried again, and the ledger says what is done."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ess_core.errors import UsageError
from ess_core.interrupts import deferred
from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.loading import ledger, transaction
from ess_plugins.redshift.loading.access import Access
from ess_plugins.redshift.loading.copies import Copying, check_keys
from ess_plugins.redshift.loading.early import Early
from ess_plugins.redshift.loading.ledger import Entry
from ess_plugins.redshift.loading.model import Load, Loaded, LoadFile, Progress
from ess_plugins.redshift.loading.refusals import is_passing
from ess_plugins.redshift.loading.sessions import begun
from ess_plugins.redshift.loading.staging import StagingArea
from ess_plugins.redshift.loading.swapping import not_carried_over
from ess_plugins.redshift.loading.transaction import Copied, is_own


@dataclass(frozen=True)
class Patience:
    """How often a load is tried, and how long it waits before the second time; then twice as long each."""

    attempts: int = 5
    first_wait_s: float = 1.0

    def wait_s(self, attempt: int) -> float:
        """How long to wait after an attempt, counted from 1; by chance a little less or more."""
        return self.first_wait_s * 2.0 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


PATIENCE = Patience()


def load(
    connect: Callable[[], Connection],
    area: StagingArea,
    plan: Load,
    access: Access,
    progress: Progress,
    patience: Patience = PATIENCE,
    early: Early | None = None,
) -> Loaded:
    """Load the files of ``plan`` that are not loaded yet; all of them are committed, or none.

    ``connect`` is asked for each attempt; the first one goes on with ``early``, where that is given. Raises
    CopyError where COPY refuses what is staged, ChangedFilesError where nobody said what to do with changed
    files, RedshiftError where the warehouse fails for good, EssError where what is loaded is not what was
    staged.
    """
    _check(plan)
    loading = _Loading(connect, area, plan, access, progress, early)
    for attempt in range(1, patience.attempts + 1):
        try:
            return replace(loading.attempt(), attempts=attempt)
        except RedshiftError as error:
            if not is_passing(error):
                raise
            if attempt == patience.attempts:
                raise _given_up(error, attempt, loading.is_committing) from error
            failure = error
        wait_s = patience.wait_s(attempt)
        progress.note(f"{failure.message}; trying again in {wait_s:.0f} s")
        time.sleep(wait_s)
    raise AssertionError("the last attempt returns or raises")


class _Loading:
    """The attempts of one load."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        area: StagingArea,
        plan: Load,
        access: Access,
        progress: Progress,
        early: Early | None,
    ) -> None:
        self._connect = connect
        self._early = early
        self._area = area
        self._plan = plan
        self._access = access
        self._progress = progress
        self._committing: Loaded | None = None

    @property
    def is_committing(self) -> bool:
        """Whether a COMMIT was sent and no answer came."""
        return self._committing is not None

    def attempt(self) -> Loaded:
        """Do all of it, unless the ledger says that an earlier attempt did."""
        early, self._early = self._early, None
        if early:
            with early:
                copying = early.copying()
                return self._on(copying.connection, copying)
        with self._connect() as connection:
            ledger.ensure(connection)
            return self._on(connection, None)

    def _on(self, connection: Connection, copying: Copying | None) -> Loaded:
        """Do what is left on a connection, on which some may be copied."""
        plan = self._plan
        entries = ledger.loaded(connection, plan.target.name, (file.uri for file in plan.files))
        if is_own(entries, plan):
            return self._done()
        self._committing = None
        files = self._todo(entries)
        if not files and not plan.replace_table:
            return Loaded(0, 0, len(plan.files))
        if copying:
            transaction.check_rows(Copied(copying.table, copying.copied), files)
        notes = not_carried_over(connection, plan.target) if plan.replace_table else ()
        copying = copying or begun(connection, self._area, plan, self._access)
        copying.run(files, self._progress)
        check_keys(connection, copying.table, plan.upsert_key)
        copied = Copied(copying.table, self._copied(copying))
        found = transaction.write(connection, plan, copied)
        if found is None:
            return self._done()
        before = len(plan.files) - len(copied.files) - len(copying.quarantined)
        done = replace(
            found,
            files_skipped=before + found.files_skipped,
            quarantined=dict(copying.quarantined),
            notes=notes,
        )
        self._committing = done
        with deferred():  # so that it is known what became of it
            connection.execute("COMMIT")
        return done

    def _copied(self, copying: Copying) -> list[LoadFile]:
        """The files whose rows are in the session's table, also those that another load was quicker with."""
        numbers = {file.number for file in copying.copied}
        return [file for file in self._plan.files if file.number in numbers]

    def _todo(self, entries: Sequence[Entry]) -> list[LoadFile]:
        """The files that are not loaded."""
        plan = self._plan
        if plan.replace_table:
            return list(plan.files)
        decision = ledger.decide(
            (file.source for file in plan.files),
            entries,
            plan.recipe,
            plan.changed,
            has_file_id=plan.target.has_file_id,
        )
        todo = set(decision.todo)
        return [file for file in plan.files if file.source in todo]

    def _done(self) -> Loaded:
        """What the attempt did whose COMMIT got no answer, and was done."""
        assert self._committing, "no rows of this load are in the ledger before its COMMIT"
        return self._committing


def _check(plan: Load) -> None:
    """Raise UsageError for what cannot be, before anything is sent."""
    assert len({file.source for file in plan.files}) == len(plan.files), "a file is there twice"
    assert len({file.number for file in plan.files}) == len(plan.files), "files have the same number"
    identity = [column.name for column in plan.target.columns if column.is_identity]
    if plan.replace_table and identity:
        raise UsageError(
            f"--replace-table cannot make {plan.target.name.table} anew: {identity[0]} is an identity column",
            "DELETE FROM the table and load without it, in place of that",
        )


def _given_up(error: RedshiftError, attempts: int, is_committing: bool) -> RedshiftError:
    is_unknown = is_committing and error.problem in (Problem.LOST, Problem.UNREACHABLE)
    hint = (
        "whether its COMMIT was done is not known: the same command again finds out, and loads nothing twice"
        if is_unknown
        else "nothing was loaded; the same command again loads it, each file once"
    )
    message = f"the load was tried {attempts} times and failed each time, at last so: {error.message}"
    return RedshiftError(error.problem, message, hint, error.fields)
