"""A load from beginning to end: what is left of a category is cleaned, checked, staged, copied and noted."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from ess_core import phrases
from ess_core.errors import EssError, NothingMatchedError, UsageError
from ess_core.files.opening import opened
from ess_core.nodes.executors import Context, Executor, Foresighted
from ess_core.registry import REGISTRY, Kind
from ess_core.tables import categories
from ess_core.tables.categories import Category, CategoryFile
from ess_core.tables.categories.comparing import Watch
from ess_core.tables.cleaned import CLEANING
from ess_core.tables.columnspec import ColumnSpec
from ess_core.tables.prepared import Prepared
from ess_core.tables.preparing import cleaners, prepared
from ess_core.tables.through import Through
from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.loading import emitted, ledger, stage
from ess_plugins.redshift.loading.access import Access
from ess_plugins.redshift.loading.early import Early
from ess_plugins.redshift.loading.emptied import emptied
from ess_plugins.redshift.loading.fitting import Fit, fit
from ess_plugins.redshift.loading.job import Done, Job
from ess_plugins.redshift.loading.ledger import Decision, Entry
from ess_plugins.redshift.loading.load import load
from ess_plugins.redshift.loading.model import Load, LoadFile, Progress, Source
from ess_plugins.redshift.loading.patient import Patient
from ess_plugins.redshift.loading.recipe import recipe
from ess_plugins.redshift.loading.stages import Shown, Staging, form
from ess_plugins.redshift.loading.staging import StagingArea, new_load_id
from ess_plugins.redshift.loading.target import Target, check_schema, is_hidden, read
from ess_plugins.redshift.measuring import longest_bytes

_NEEDED = (*CLEANING, "botocore.session", stage.__name__)
"""What a process imports before it cleans a file and stages it in a bucket."""


@dataclass(frozen=True)
class Means:
    """With what a job is done.

    ``staging`` is the URL of the folder for what COPY reads, and ``access`` with whose rights it does; a
    trial needs neither. ``watch`` is shown the files that are listed.
    """

    context: Context
    connect: Callable[[], Connection]
    staging: str
    access: Access | None
    progress: Progress
    watch: Watch
    warn: Callable[[str], None]


@contextmanager
def done(job: Job, means: Means) -> Iterator[Done]:
    """Do the job; the rows that were rejected can be read until the block ends.

    Raises NothingMatchedError where there is no file, UsageError where table and files do not fit,
    ChangedFilesError where a file was loaded before in another way, and what cleaning, staging and loading
    raise. Nothing is loaded then.
    """
    means = replace(means, progress=Patient(means.progress))
    store = opened(job.category.url, means.context)
    category = categories.fresh(job.category, store, means.watch, usecache=job.usecache)
    files = list(categories.files(category, job.within))
    readable = [one for one in files if not one.is_archived]
    if not readable:
        raise _nothing(job, len(files))
    with cleaners(means.context, job.threads, master=job.master) as executor, ExitStack() as loading:
        if isinstance(executor, Foresighted):  # it starts while the warehouse is asked
            executor.expect((*_NEEDED, *_modules(job.category.url, means.staging)))
        connection = loading.enter_context(means.connect())
        plan = _Plan(job, category, connection, means)
        decision = plan.decide(connection, readable)
        todo = {source.uri for source in decision.todo}
        before = Done(job, len(readable), len(files) - len(readable), len(decision.there))
        if not todo:
            loading.close()
            yield before
            return
        course = _Course(plan, executor, means, connection, len(todo), loading)
        with prepared(
            category,
            job.within,
            executor,
            means.context,
            fresh=job.fresh,
            usecache=True,  # they were listed a moment ago
            skip_bad_files=job.skip_bad_files,
            max_rejects=job.max_rejects,
            partial=True,
            progress=means.progress,
            chosen=lambda found: (one for one in found if plan.uri(one) in todo),
            through=plan.through,
            fills=job.options.shaping.fillrecord,
            following=course.staging.following,
        ) as ready:
            found = course.finish(before, ready)
            loading.close()
            yield found


class _Plan:
    """How files become rows of the table, before the first one is read."""

    def __init__(self, job: Job, category: Category, connection: Connection, means: Means) -> None:
        self.job, self._category, self._warn = job, category, means.warn
        self._target = _target(connection, job)
        self.through: Through | None = (
            emitted.through(job.command, job.delimiter, self._target) if job.command else None
        )
        self._fit = self._fitted({})
        self._recipe = recipe(category, self.through, job.options.shaping)
        self._form = form(job, self._fit, means.progress)

    @property
    def _columns(self) -> ColumnSpec:
        return (self.through.recipe if self.through else self._category.recipe).columns

    def _fitted(self, longest: Mapping[str, int]) -> Fit:
        found = fit(self._columns, self._target, add_columns=self.job.add_columns, longest_bytes=longest)
        for key in self.job.upsert_key:
            if key not in found.names:
                raise UsageError(
                    f"--upsert-key {key}: it is none of the columns that are loaded",
                    f"there are: {', '.join(found.names)}",
                )
        return found

    def uri(self, one: CategoryFile) -> str:
        """What the ledger knows a file by."""
        return f"{self._category.url}/{one.file.key}"

    def decide(self, connection: Connection, files: Sequence[CategoryFile]) -> Decision:
        """Which of them are to be loaded."""
        sources = [Source(self.uri(one), one.file.etag) for one in files]
        if self.job.replace_table:
            return Decision(tuple(sources))
        entries: list[Entry] = []
        if ledger.exists(connection):
            entries = ledger.loaded(connection, self._target.name, (source.uri for source in sources))
            if problem := emptied(connection, self._target.name):
                self._warn(problem)
        has_file_id = self._target.has_file_id
        return ledger.decide(sources, entries, self._recipe, self.job.changed, has_file_id=has_file_id)

    def staging(
        self, executor: Executor, area: StagingArea | None, shown: Shown, take: Callable[[LoadFile], None]
    ) -> Staging:
        """How files are checked and staged."""
        return Staging(self.job, self._fit, self._form, executor, area, shown, take)

    def fitted_to(self, staging: Staging, ready: Prepared) -> Staging:
        """The same with the sizes of columns that the table is to get, which rows say."""
        if self._fit.added:
            self._fit = self._fitted(longest_bytes(ready.paths, self._columns, ready.work.spill))
        return replace(staging, fit=self._fit)

    def load(self, load_id: str, files: Sequence[LoadFile] = ()) -> Load:
        """The load of these files."""
        return Load(
            load_id=load_id,
            target=self._target,
            names=self._fit.names,
            recipe=self._recipe,
            files=files,
            stage=self._form,
            options_sql=self.job.options.sql,
            added=self._fit.added,
            upsert_key=self.job.upsert_key,
            changed=self.job.changed,
            replace_table=self.job.replace_table,
            isolate=self.job.isolate,
        )


class _Course:
    """What becomes of files, of which there are ``files`` at most; what it opens is closed by ``until``."""

    def __init__(
        self,
        plan: _Plan,
        executor: Executor,
        means: Means,
        connection: Connection,
        files: int,
        until: ExitStack,
    ) -> None:
        self._plan, self._means = plan, means
        self._area: StagingArea | None = None
        self._early: Early | None = None
        if not plan.job.is_trial:
            store = opened(means.staging, means.context)
            self._area = until.enter_context(StagingArea(store, new_load_id(), means.warn))
        shown = Shown(means.progress, "staged" if self._area else "checked", files)
        self.staging = plan.staging(executor, self._area, shown, self._take)
        if self._area and self.staging.following and not plan.job.isolate:
            early = Early(connection, self._area, plan.load(self._area.load_id), self._access, files)
            self._early = until.enter_context(early)
        else:
            connection.close()

    def finish(self, before: Done, ready: Prepared) -> Done:
        """Check, stage and load what is cleaned, unless too much of it is rejected already."""
        if not ready.is_whole:
            return replace(before, ready=ready)
        staging = self._plan.fitted_to(self.staging, ready)
        found = replace(before, ready=ready, staged=staging.run(ready), form=staging.form)
        if not self._area or not found.staged or found.has_too_many_rejects:
            return found
        wanted = self._plan.load(self._area.load_id, staging.files(ready, found.staged))
        means = self._means
        loaded = load(means.connect, self._area, wanted, self._access, means.progress, early=self._early)
        return replace(found, loaded=loaded)

    @property
    def _access(self) -> Access:
        assert self._means.access, "what is no trial has it"
        return self._means.access

    def _take(self, file: LoadFile) -> None:
        if self._early:
            self._early.add(file)


def _modules(*urls: str) -> Iterator[str]:
    """Those with the datastores of these URLs."""
    for url in urls:
        entry = REGISTRY.find(Kind.DATASTORE, url.partition("://")[0])
        if entry and isinstance(entry.value, str):
            yield entry.value.partition(":")[0]


def _target(connection: Connection, job: Job) -> Target:
    if job.table == ledger.TABLE:
        raise UsageError(f"{ledger.PLAIN_NAME} is the ledger itself, and nothing else is loaded into it")
    found = read(connection, job.table)
    if found is None and is_hidden(connection, job.table):
        user = connection.warehouse.user or "the user"
        raise RedshiftError(
            Problem.DENIED,
            f"{user} has no rights on {job.table.title}",
            f"its owner gives them: GRANT SELECT, INSERT ON {job.table.title} TO …",
        )
    if found is None:
        check_schema(connection, job.table)
        raise UsageError(
            f"there is no table {job.table.title}",
            f"`ess redshift gentable {shlex.quote(job.table.title)} {job.category.name}` makes one",
        )
    return found


def _nothing(job: Job, archived: int) -> EssError:
    """What is said where no file can be read."""
    name = job.category.name
    if archived:
        return EssError(phrases.archived(archived), "restore them first: aws s3api restore-object")
    return NothingMatchedError(f"category {name} has no such file", f"`ess summary {name}` shows what it has")
