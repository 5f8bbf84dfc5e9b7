"""The files of a category through a command: which they are, and what is done of them, in their order."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from ess_core.errors import EssError
from ess_core.files import Datastore, File
from ess_core.files.commandline import About
from ess_core.files.dates import Moment
from ess_core.nodes.executors import Executor, Outcome
from ess_core.tables.categories import Category, CategoryFile
from ess_core.tables.prepared import PreparedFile
from ess_core.tables.reading.sources import about
from ess_plugins.data.stream import Done, Job, Plain, Source, run
from ess_plugins.data.stream_rows import Rows
from ess_plugins.data.stream_targets import Targets

WAITING = 64
"""How many outputs are on the disk at most, where one that takes long keeps them from being printed."""
RETRIES = 1
"""How often a file is begun anew whose process was killed."""

Streamed = Outcome[Job, Done]
Outcomes = Generator[Streamed, None, None]


@dataclass(frozen=True)
class Plan:
    """What is done with each file of a category; ``folder`` is for outputs that wait to be printed."""

    category: Category
    store: Datastore
    command: str
    folder: Path
    targets: Targets | None = None

    def plain(self, files: Iterable[CategoryFile]) -> Iterator[Job]:
        """The jobs that give the command a file as it is, but decompressed."""
        for number, one in enumerate(one for one in files if not one.is_archived):
            told = self._about(one.file, one.moment)
            source = Plain(self.store, one.file, self.category.extraction, told)
            yield self._job(number, source, told)

    def cleaned(self, files: Iterable[PreparedFile]) -> Iterator[Job]:
        """The jobs that give the command the rows that were kept of a file."""
        for number, one in enumerate(files):
            paths = tuple(path for part in one.parts for path in part.paths)
            source = Rows(one.file.key, paths, str(self.folder), one.damage)
            yield self._job(number, source, self._about(one.file, one.moment))

    def _job(self, number: int, source: Source, about: About) -> Job:
        """One job. Raises UsageError where its output would be a file of the category."""
        target = self.targets.of_file(self.category, source.key) if self.targets else None
        return Job(number, source, self.command, about, str(self.folder / str(number)), target)

    def _about(self, file: File, moment: Moment | None) -> About:
        return about(self.store, file, str(moment or ""), str(self.category.columns or ""))


def streamed(executor: Executor, jobs: Iterable[Job], *, in_order: bool) -> Outcomes:
    """What became of each job, in the order of their numbers or as it comes. Close it to end the rest."""
    window = WAITING if in_order else None
    outcomes = _kept(executor.map(run, jobs, retries=RETRIES, window=window))
    return _in_order(outcomes) if in_order else outcomes


def _kept(outcomes: Outcomes) -> Outcomes:
    """The outcomes, with each output in its target, also where the job was done elsewhere and could not."""
    with closing(outcomes):
        for outcome in outcomes:
            job, done = outcome.item, outcome.value
            if done and done.output and job.target:
                try:
                    job.target.keep(done.output)
                except EssError as error:
                    yield replace(outcome, value=None, error=error)
                    continue
            yield outcome


def _in_order(outcomes: Outcomes) -> Outcomes:
    waiting: dict[int, Streamed] = {}
    due = 0
    with closing(outcomes):
        for outcome in outcomes:
            waiting[outcome.item.number] = outcome
            while due in waiting:
                yield waiting.pop(due)
                due += 1
