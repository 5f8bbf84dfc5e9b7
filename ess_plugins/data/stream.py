"""One file through a shell command: a task for an executor, which another process may run."""

import contextlib
import os
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol, Self

from ess_core.errors import EssError
from ess_core.files import Datastore, File
from ess_core.files.commandline import NOTHING, About
from ess_core.files.damage import TrailingGarbageError, TruncatedError
from ess_core.files.local import SCHEME
from ess_core.files.running import feed
from ess_core.files.streams import chunks
from ess_core.nodes.shipping import moved
from ess_core.tables.extraction import USUAL, Extraction
from ess_core.tables.reading.sources import texts

_ROOM = "it is in ESS_HOME until it is whole: `ess cache clear` makes room, and ESS_HOME may be elsewhere"


class Source(Protocol):
    """Bytes for a command; to be pickled."""

    @property
    def key(self) -> str:
        """The key of the file they are of."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The files of this machine that it reads."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The URLs of the datastores that it reads."""

    def within(self, folder: str) -> Self:
        """The same, where its files are in ``folder``."""

    def pieces(self) -> Iterator[bytes]:
        """The bytes. Raises EssError; TruncatedError and TrailingGarbageError after all that is good."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A file as it is, but extracted; the texts of an archive come one after the other."""

    store: Datastore
    file: File
    extraction: Extraction = USUAL
    about: About = NOTHING

    @property
    def key(self) -> str:
        return self.file.key

    @property
    def inputs(self) -> tuple[str, ...]:
        return ()

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.store.url,)

    def within(self, folder: str) -> Self:  # noqa: ARG002 - it has none
        return self

    def pieces(self) -> Iterator[bytes]:
        for _, text in texts(self.store, self.file, self.extraction, self.about):
            yield from chunks(text)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the output of a command is kept."""

    store: Datastore
    key: str

    @property
    def is_here(self) -> bool:
        """Whether it is a file of this machine."""
        return self.store.url.startswith(SCHEME)

    def keep(self, path: str) -> None:
        """Make it what the file of ``path`` has, which is gone then."""
        with open(path, "rb") as output:
            self.store.put(self.key, output)
        os.unlink(path)


@dataclass(frozen=True, slots=True)
class Job:
    """A file to be streamed; ``number`` is its place among all.

    What ``command`` writes goes into the file ``output``, and from there to ``target`` where there is one;
    an empty command writes what it gets.
    """

    number: int
    source: Source
    command: str
    about: About
    output: str
    target: Target | None = None

    @property
    def folder(self) -> str:
        """Where it leaves its output."""
        return os.path.dirname(self.output)

    @property
    def leaves(self) -> bool:
        """Whether its output stays in a file, done elsewhere: a target of this machine cannot be reached."""
        return self.target is None or self.target.is_here

    @property
    def feeds(self) -> bool:
        """Whether later work may read its output: nobody but this machine does."""
        return False

    @property
    def inputs(self) -> tuple[str, ...]:
        """The files of this machine that it reads."""
        return self.source.inputs

    @property
    def reads(self) -> tuple[str, ...]:
        """The datastores that it reads."""
        return self.source.reads

    @property
    def writes(self) -> tuple[str, ...]:
        """The datastores that it writes to, done elsewhere."""
        return () if self.leaves or not self.target else (self.target.store.url,)

    def within(self, folder: str) -> Self:
        """The same for elsewhere; where its target is of this machine, it leaves its output instead."""
        return replace(
            self,
            source=self.source.within(folder),
            output=moved(self.output, folder),
            target=None if self.leaves else self.target,
        )


@dataclass(frozen=True, slots=True)
class Done:
    """A file that was streamed: the end of what the command said on stderr.

    ``damage`` is empty, or what is wrong with what follows the good part of a file; ``output`` is empty, or
    the file that has the output.
    """

    said: str
    damage: str = ""
    output: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are left."""
        return (self.output,) if self.output else ()

    def within(self, folder: str) -> Self:
        """The same, with its output in ``folder``."""
        return replace(self, output=moved(self.output, folder))


def run(job: Job) -> Done:
    """Do it. Raises CommandError where the command fails, EssError for the rest; then there is no output."""
    try:
        done = _run(job)
        if job.target:
            job.target.keep(job.output)
            return done
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(job.output)
        if isinstance(error, OSError):
            raise EssError(f"the output cannot be written: {error.strerror}", _ROOM) from error
        raise
    return replace(done, output=job.output)


def _run(job: Job) -> Done:
    damage: list[str] = []
    with closing(_good(job.source.pieces(), damage)) as good, open(job.output, "wb") as output:
        pieces = chain([next(good, b"")], good)  # what cannot be read needs no command
        if job.command:
            said = feed(job.command, pieces, output, job.about)
        else:
            said = ""
            for piece in pieces:
                output.write(piece)
    return Done(said, "".join(damage))


def _good(pieces: Iterator[bytes], damage: list[str]) -> Generator[bytes, None, None]:
    """The pieces up to where a file is cut off or something else follows, which ``damage`` says then."""
    try:
        yield from pieces
    except (TruncatedError, TrailingGarbageError) as error:
        damage.append(error.message)
