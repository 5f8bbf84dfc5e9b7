"""A shell command over bytes: fed from a stream, its output in a file or as a stream.

A command runs in ``bash -o pipefail`` with a process group of its own, and ends with whoever runs it. One
that does not read all it could get, such as ``head``, has not failed.
"""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterable, Iterator
from typing import IO, BinaryIO

from ess_core.errors import EssError
from ess_core.files.commandline import NOTHING, About
from ess_core.files.streams import CHUNK_BYTES, chunks, streamed
from ess_core.nodes.sessions import IS_ENDED

STDERR_BYTES = 4096
"""How much of the end of what a command says on stderr is kept."""
LONGEST = 300
"""How much of its last line a message repeats, in characters."""
GRACE_S = 1.0
"""How long a command that is to end has to clean up."""
_PIPE_CLOSED = (-signal.SIGPIPE, 128 + signal.SIGPIPE)
"""The code of a pipeline whose later part did not read all of an earlier one's output, and was content."""


class CommandError(EssError):
    """A command ended with a code other than 0, ``code``; ``stderr`` is the end of what it said."""

    def __init__(self, message: str, hint: str = "", code: int = 1, stderr: str = "") -> None:
        super().__init__(message, hint)
        self.code = code
        self.stderr = stderr


def feed(command: str, pieces: Iterable[bytes], output: IO[bytes], about: About = NOTHING) -> str:
    """Run ``command`` with ``pieces`` as its stdin and ``output``, which has a descriptor, as its stdout.

    Waits for all that has its stderr, so also for what it left running, and returns the end of what came
    there. Raises CommandError where it fails. What taking the pieces raises is raised after the command was
    ended.
    """
    with _Running(command, output, about) as running:
        running.feed(pieces)
        return running.finish()


def piped(command: str, source: BinaryIO, about: About = NOTHING) -> BinaryIO:
    """What ``command`` makes of ``source``, as a stream that closes ``source`` and ends the command.

    Where reading ``source`` raises an EssError, or the command fails, the stream raises it at its end. Raises
    EssError where there is no bash, or the command cannot be one for this file.
    """
    running = _Running(command, subprocess.PIPE, about)
    feeding = _Feeding(running, source)

    def pieces() -> Iterator[bytes]:
        yield from running.output()
        feeding.finish()
        running.finish()

    def close() -> None:
        running.end()
        feeding.close()
        running.release()

    return streamed(pieces(), close)


class _Running:
    """A command under way."""

    def __init__(self, command: str, output: IO[bytes] | int, about: About) -> None:
        words = ["bash", "-o", "pipefail", "-c", about.put_into(command)]
        try:
            self._popen = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.PIPE,
                bufsize=0,
                env=os.environ | about.environment(),
                process_group=0,
            )
        except (OSError, ValueError) as error:  # a NUL in a name is a ValueError
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise EssError(f"the command cannot be run: {reason}") from error
        self._guard = None if IS_ENDED.is_set() else _guard(self._popen.pid)
        self._said = b""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> "_Running":
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()
        self.release()

    def feed(self, pieces: Iterable[bytes]) -> None:
        """Give it all, as far as it wants that. Where taking it raises, it is not told that this was all."""
        assert self._popen.stdin
        with contextlib.suppress(BrokenPipeError):
            for piece in pieces:
                _write(self._popen.stdin.fileno(), piece)
        self.no_more()

    def no_more(self) -> None:
        """Tell it that there is no more."""
        assert self._popen.stdin
        self._popen.stdin.close()

    def output(self) -> Iterator[bytes]:
        """What it writes to its stdout, where that is a pipe."""
        assert self._popen.stdout
        while piece := self._popen.stdout.read(CHUNK_BYTES):
            yield piece

    def finish(self) -> str:
        """Wait for its end, and return what it said. Raises CommandError where it failed."""
        self._listener.join()
        code = self._popen.wait()
        said = self._said.decode("utf-8", "replace").strip()
        if code == 0 or code in _PIPE_CLOSED:
            return said
        what = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        last = said.rpartition("\n")[2]
        last = last if len(last) <= LONGEST else f"{last[:LONGEST]}…"
        raise CommandError(f"the command {what}{f': {last}' if last else ''}", "", code, said)

    def end(self) -> None:
        """See to it that nothing of it runs any more."""
        if self._listener.is_alive() or self._popen.poll() is None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(GRACE_S)
            self._signal(signal.SIGKILL)
            self._popen.wait()
        if self._guard:
            with self._guard:
                self._guard.kill()

    def release(self) -> None:
        """Close the pipes, which no thread uses any more."""
        for stream in (self._popen.stdin, self._popen.stdout):
            if stream:
                stream.close()

    def _listen(self) -> None:
        assert self._popen.stderr
        with self._popen.stderr as stderr:
            while piece := stderr.read(CHUNK_BYTES):
                self._said = (self._said + piece)[-STDERR_BYTES:]

    def _signal(self, signum: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signum)


def _guard(group: int) -> subprocess.Popen[bytes]:
    """A process that waits for the end of this one, and then kills the group."""
    script = 'read; kill -KILL -- "-$0"'
    return subprocess.Popen(["bash", "-c", script, str(group)], stdin=subprocess.PIPE, start_new_session=True)


class _Feeding:
    """A thread that feeds a command, so that its output can be read meanwhile."""

    def __init__(self, running: _Running, source: BinaryIO) -> None:
        self._running = running
        self._source = source
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Wait for its end. Raises what reading the source raised."""
        self._thread.join()
        if self._error:
            raise self._error

    def close(self) -> None:
        """Close the source, once nobody reads from it."""
        self._thread.join()
        self._source.close()

    def _feed(self) -> None:
        try:
            self._running.feed(chunks(self._source))
        except Exception as error:  # noqa: BLE001 - raised where the output ends
            self._error = error
            self._running.no_more()


def _write(handle: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(handle, rest) :]
