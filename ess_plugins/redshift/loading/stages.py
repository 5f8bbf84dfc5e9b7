"""All files of a load, checked and staged several at a time."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from ess_core.errors import EssError, UsageError
from ess_core.files import Datastore
from ess_core.files.leases import LEASE
from ess_core.files.local import SCHEME, Local
from ess_core.nodes.executors import Executor, Outcome
from ess_core.phrases import count
from ess_core.tables.categories import CategoryFile
from ess_core.tables.following import Following
from ess_core.tables.parts import CleanTask
from ess_core.tables.prepared import Prepared, PreparedFile
from ess_plugins.redshift.loading.doubled import Doubled, Duplicates, duplicates
from ess_plugins.redshift.loading.fitting import Fit
from ess_plugins.redshift.loading.job import Job, is_usable, usable
from ess_plugins.redshift.loading.model import LoadFile, Progress
from ess_plugins.redshift.loading.stage import Stage, Staged, StageTask, stage
from ess_plugins.redshift.loading.staging import StagingArea

_RETRIES = 1  # of a file whose process was killed
_MEGABYTE = 10**6
_SHOWN_KEYS = 3


def form(job: Job, fit: Fit, progress: Progress) -> Stage:
    """In which form rows are staged: Parquet, unless something in the load needs CSV, which is said.

    Raises UsageError where Parquet is asked for nevertheless.
    """
    needs = [f"COPY's {name}" for name in job.options.csv_only]
    needs += [
        f"column {name} ({pair.target.sql})"
        for pair in fit.pairs
        if (name := pair.target.name) in fit.csv_only
    ]
    if not needs or job.stage is Stage.CSV:
        return job.stage or Stage.PARQUET
    what = f"{' and '.join(needs)} {'needs' if len(needs) == 1 else 'need'} CSV"
    if job.stage is Stage.PARQUET:
        raise UsageError(f"{what}, and --stage parquet is given", "leave --stage out")
    progress.note(f"{what}: CSV is staged in place of Parquet")
    return Stage.CSV


@dataclass(frozen=True)
class Staging:
    """How files become rows that COPY reads, in ``area``; without one they are checked only.

    ``take`` is given each file that is staged, as soon as it is.
    """

    job: Job
    fit: Fit
    form: Stage
    executor: Executor
    area: StagingArea | None
    shown: "Shown"
    take: Callable[[LoadFile], None]

    @property
    def following(self) -> Following | None:
        """How a file is staged where it is cleaned; None where all are to be known before one is staged."""
        is_late = self.job.upsert_key or self.fit.added or self.job.max_rejects is not None
        if is_late or not self.area:
            return None
        store, prefix = self.area.store, self.area.prefix

        def use(number: int, one: CategoryFile, task: CleanTask) -> StageTask:
            return self._task(
                number, PreparedFile(one.file, one.moment, (), task), store, prefix, task.folder
            )

        return Following(use, self._done)

    def run(self, ready: Prepared) -> list[Staged]:
        """Check all rows and stage the good ones, of files that are not staged yet.

        Raises EssError where rows have the same key, and what the first file raises that cannot be staged.
        """
        numbered = [(number, one) for number, one in enumerate(ready.files) if is_usable(one)]
        self.shown.expect(len(numbered), ready.rows_kept)
        found = {number: one.use for number, one in numbered if isinstance(one.use, Staged)}
        todo = {number: one for number, one in numbered if number not in found}
        for outcome in self._outcomes(self._tasks(todo, ready.work.spill), ready.work.spill):
            if outcome.error:
                raise outcome.error
            assert outcome.value
            number = outcome.item.number
            found[number] = outcome.value
            self._done(replace(todo[number], use=outcome.value))
        return [found[number] for number, _ in numbered]

    def files(self, ready: Prepared, staged: Sequence[Staged]) -> list[LoadFile]:
        """What there is to load."""
        return [self._file(one, of_it) for one, of_it in zip(usable(ready), staged, strict=True)]

    def _done(self, one: PreparedFile) -> None:
        if isinstance(one.use, Staged):
            self.shown.add(one.use)
            self.take(self._file(one, one.use))

    def _file(self, one: PreparedFile, staged: Staged) -> LoadFile:
        return LoadFile(
            staged.number,
            f"{self.job.category.url}/{one.file.key}",
            one.file.etag,
            staged.objects,
            staged.rows_staged,
            staged.rows_rejected + sum(part.rows_rejected for part in one.parts),
        )

    def _outcomes(self, tasks: Sequence[StageTask], spill: Path) -> Generator[Outcome[StageTask, Staged]]:
        if self.job.upsert_key:
            _check_keys(duplicates(tasks, self.job.upsert_key, spill), self.job.upsert_key)
        outcomes = cast(
            "Generator[Outcome[StageTask, Staged]]", self.executor.map(stage, tasks, retries=_RETRIES)
        )
        with closing(outcomes):
            yield from outcomes

    def _tasks(self, files: Mapping[int, PreparedFile], spill: Path) -> list[StageTask]:
        here = Local(f"{SCHEME}{spill}")  # what a trial writes goes with the workspace
        store, prefix = (self.area.store, self.area.prefix) if self.area else (here, "trial/")
        return [self._task(number, one, store, prefix, str(spill)) for number, one in files.items()]

    def _task(self, number: int, one: PreparedFile, store: Datastore, prefix: str, folder: str) -> StageTask:
        return StageTask(
            number=number,
            file=one,
            fit=self.fit,
            shaping=self.job.options.shaping,
            stage=self.form,
            required=self.job.upsert_key,
            store=store,
            prefix=prefix,
            folder=folder,
            lease=f"{prefix}{LEASE}" if self.area else "",
        )


def _check_keys(found: Duplicates, names: Sequence[str]) -> None:
    """Raise EssError where a key is in several rows: nobody can say which of them is to stay."""
    if not found.keys:
        return
    shown = "; ".join(map(_doubled, found.examples[:_SHOWN_KEYS]))
    more = ", such as " if found.keys > _SHOWN_KEYS else ": "
    what = f"{count(found.keys, 'key')} ({', '.join(names)})"
    raise EssError(
        f"{what} {'is' if found.keys == 1 else 'are'} in several of the rows to be loaded{more}{shown}",
        "leave rows out, by a command for instance, or name more columns in --upsert-key",
    )


def _doubled(one: Doubled) -> str:
    """A key and where it is."""
    places = ", ".join(
        ":".join(filter(None, [place.source, place.member, str(place.line)])) for place in one.places
    )
    key = ", ".join(map(repr, one.key))
    return f"{key} in {places}" + (f" and {one.rows - len(one.places)} more" * (one.rows > len(one.places)))


class Shown:
    """How far it is."""

    def __init__(self, progress: Progress, what: str, files: int) -> None:
        self._progress, self._what, self._files = progress, what, files
        self._rows: int | None = None
        self._done = self._checked = self._bytes = 0

    def expect(self, files: int, rows: int) -> None:
        """It is known now how many there are."""
        self._files, self._rows = files, rows

    def add(self, one: Staged) -> None:
        """One more file is done."""
        self._done += 1
        self._checked += one.rows_read
        self._bytes += sum(staged.size_bytes for staged in one.objects)
        self._progress.count(f"files {self._what}", self._done, self._files)
        self._progress.count(f"rows {self._what}", self._checked, self._rows)
        if self._bytes >= _MEGABYTE:
            self._progress.count(f"MB {self._what}", self._bytes // _MEGABYTE, None)
