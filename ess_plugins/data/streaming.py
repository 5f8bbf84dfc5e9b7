"""The files of a category through a command: which they are, and what is done of them, in their order."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ess_core.files import Datastore
from ess_core.files.commandline import About
from ess_core.files.dates import Moment
from ess_core.files.local import SCHEME
from ess_core.nodes.executors import Executor, Outcome
from ess_core.tables.categories import Category, CategoryFile
from ess_plugins.data.stream import Done, Job, Plain, Source, run
from ess_plugins.data.stream_targets import Targets

WAITING = 64
"""How many outputs are on the disk at most, where one that takes long keeps them from being printed."""
RETRIES = 1
"""How often a file is begun anew whose process was killed."""

Streamed = Outcome[Job, Done]
Outcomes = Generator[Streamed, None, None]


@dataclass(frozen=True)
class Plan:
    """What is done with each file; ``members`` is a pattern for the names in an archive."""

    category: Category
    store: Datastore
    command: str
    members: str
    folder: Path
    targets: Targets | None = None

    def plain(self, files: Iterable[CategoryFile]) -> Iterator[Job]:
        """The jobs that give the command a file as it is, but decompressed."""
        for number, one in enumerate(files):
            about = self._about(one.file.key, one.moment)
            source = Plain(
                self.store,
                one.file,
                self.members or self.category.members or "*",
                self.category.compression,
                self.category.preprocess,
                about,
            )
            yield self.job(number, source, about)

    def job(self, number: int, source: Source, about: About) -> Job:
        """One job. Raises UsageError where its output would be a file of the category."""
        target = self.targets.check(self.category, source.key) if self.targets else None
        return Job(number, source, self.command, about, str(self.folder / str(number)), target)

    def _about(self, key: str, moment: Moment | None) -> About:
        url = f"{self.store.url}/{key}"
        date, columns = str(moment or ""), str(self.category.columns or "")
        return About(key, url.removeprefix(SCHEME), date, columns)


def streamed(executor: Executor, jobs: Iterable[Job], *, in_order: bool) -> Outcomes:
    """What became of each job, in the order of their numbers or as it comes. Close it to end the rest."""
    window = WAITING if in_order else None
    outcomes = executor.map(run, jobs, retries=RETRIES, window=window)
    return _in_order(outcomes) if in_order else outcomes


def _in_order(outcomes: Outcomes) -> Outcomes:
    waiting: dict[int, Streamed] = {}
    due = 0
    with closing(outcomes):
        for outcome in outcomes:
            waiting[outcome.item.number] = outcome
            while due in waiting:
                yield waiting.pop(due)
                due += 1
