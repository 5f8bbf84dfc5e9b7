"""All files of a load, checked and staged several at a time."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import cast

from ess_core.errors import EssError, UsageError
from ess_core.files.local import SCHEME, Local
from ess_core.nodes.executors import Executor, Outcome
from ess_core.phrases import count
from ess_core.tables.prepared import Prepared
from ess_plugins.redshift.loading.doubled import Doubled, Duplicates, duplicates
from ess_plugins.redshift.loading.fitting import Fit
from ess_plugins.redshift.loading.job import Done, Job, usable
from ess_plugins.redshift.loading.model import Loaded, LoadFile, Progress
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
    """The cleaned files, and how they are staged; what could not be read at all is left out."""

    job: Job
    ready: Prepared
    fit: Fit
    form: Stage
    executor: Executor
    progress: Progress

    def run(self, area: StagingArea | None) -> list[Staged]:
        """Check all rows and put the good ones into ``area``; without one they are checked only.

        Raises EssError where rows have the same key, and what the first file raises that cannot be staged.
        """
        tasks = self._tasks(area)
        if self.job.upsert_key:
            _check_keys(duplicates(tasks, self.job.upsert_key, self.ready.work.spill), self.job.upsert_key)
        outcomes = cast(
            "Generator[Outcome[StageTask, Staged]]", self.executor.map(stage, tasks, retries=_RETRIES)
        )
        found: dict[int, Staged] = {}
        shown = _Shown(self.progress, "staged" if area else "checked", len(tasks), self.ready.rows_kept)
        with closing(outcomes):
            for outcome in outcomes:
                if outcome.error:
                    raise outcome.error
                assert outcome.value
                found[outcome.item.number] = outcome.value
                shown.add(outcome.value)
        return [found[task.number] for task in tasks]

    def files(self, staged: Sequence[Staged]) -> list[LoadFile]:
        """What there is to load."""
        url = self.ready.category.url
        return [
            LoadFile(
                one.number,
                f"{url}/{file.file.key}",
                file.file.etag,
                one.objects,
                one.rows_staged,
                one.rows_rejected + sum(part.rows_rejected for part in file.parts),
            )
            for file, one in zip(usable(self.ready), staged, strict=True)
        ]

    def done(self, before: Done, staged: Sequence[Staged], loaded: Loaded | None = None) -> Done:
        """What became of the job so far."""
        return replace(before, ready=self.ready, staged=staged, loaded=loaded, form=self.form)

    def _tasks(self, area: StagingArea | None) -> list[StageTask]:
        spill = self.ready.work.spill
        here = Local(f"{SCHEME}{spill}")  # what a trial writes goes with the workspace
        return [
            StageTask(
                number=number,
                file=file,
                fit=self.fit,
                shaping=self.job.options.shaping,
                stage=self.form,
                required=self.job.upsert_key,
                store=area.store if area else here,
                prefix=area.prefix if area else "trial/",
                folder=str(spill),
            )
            for number, file in enumerate(usable(self.ready))
        ]


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


class _Shown:
    """How far it is."""

    def __init__(self, progress: Progress, what: str, files: int, rows: int) -> None:
        self._progress, self._what, self._files, self._rows = progress, what, files, rows
        self._done = self._checked = self._bytes = 0

    def add(self, one: Staged) -> None:
        """One more file is done."""
        self._done += 1
        self._checked += one.rows_read
        self._bytes += sum(staged.size_bytes for staged in one.objects)
        self._progress.count(f"files {self._what}", self._done, self._files)
        self._progress.count(f"rows {self._what}", self._checked, self._rows)
        if self._bytes >= _MEGABYTE:
            self._progress.count(f"MB {self._what}", self._bytes // _MEGABYTE, None)
