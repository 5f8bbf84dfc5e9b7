"""One file through a shell command: a task for an executor, which another process may run."""

import contextlib
import os
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from ess_core.errors import EssError
from ess_core.files import Datastore, File
from ess_core.files.commandline import NOTHING, About
from ess_core.files.damage import TrailingGarbageError, TruncatedError
from ess_core.files.running import feed
from ess_core.files.streams import chunks
from ess_core.tables.extraction import USUAL, Extraction
from ess_core.tables.sources import texts

_ROOM = "it is in ESS_HOME until it is whole: `ess cache clear` makes room, and ESS_HOME may be elsewhere"


class Source(Protocol):
    """Bytes for a command; to be pickled."""

    @property
    def key(self) -> str:
        """The key of the file they are of."""

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

    def pieces(self) -> Iterator[bytes]:
        for _, text in texts(self.store, self.file, self.extraction, self.about):
            yield from chunks(text)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the output of a command is kept."""

    store: Datastore
    key: str


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


@dataclass(frozen=True, slots=True)
class Done:
    """A file that was streamed: the end of what the command said on stderr.

    ``damage`` is empty, or what is wrong with what follows the good part of a file.
    """

    said: str
    damage: str = ""


def run(job: Job) -> Done:
    """Do it. Raises CommandError where the command fails, EssError for the rest; then there is no output."""
    try:
        done = _run(job)
        if job.target:
            with open(job.output, "rb") as output:
                job.target.store.put(job.target.key, output)
            os.unlink(job.output)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(job.output)
        if isinstance(error, OSError):
            raise EssError(f"the output cannot be written: {error.strerror}", _ROOM) from error
        raise
    return done


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
