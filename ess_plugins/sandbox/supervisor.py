"""The one background process of a sandbox: ``python -m ess_plugins.sandbox.supervisor SETTINGS``.

Its three children, the API server, the SSH hosts and the Redshift front, end when it ends, however it does.
"""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from types import FrameType

from ess_core.home import locked
from ess_plugins.sandbox import guard, processes
from ess_plugins.sandbox.settings import Settings
from ess_plugins.sandbox.state import Ready, Running, lock_file, remember

STOP_S = 5.0
"""How long a child may take to end."""
_OURS = ("AWS_", "BOTO_", "ESS_", "MOTO_")
"""Variables of the user's that must not change what a sandbox does."""
_LOCK_TRIES, _LOCK_PAUSE_S = 20, 0.05
"""Whoever asks whether a sandbox runs holds its lock for a moment."""
_Child = subprocess.Popen[bytes]


class StopError(Exception):
    """A signal asked the supervisor to end."""


def main(settings: Settings) -> int:
    """Run until a signal, or until a child ends, which it never should; says ``ready`` once it serves."""
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, _stop)
    processes.adopt_orphans()
    for _ in range(_LOCK_TRIES):
        with locked(lock_file(settings.folder)) as free:
            if free:
                return _run(settings)
        time.sleep(_LOCK_PAUSE_S)
    return 1


def _run(settings: Settings) -> int:
    try:
        with _children(settings) as (api, *others):
            remember(Running(settings.folder, os.getpid(), settings.region, _ready(api)))
            _say_ready()
            _await_end_of({child.pid for child in (api, *others)})
    except StopError:
        return 0
    finally:
        processes.end_all(settings.folder)
        processes.end_descendants()
    return 1


def _await_end_of(children: set[int]) -> None:
    """Return when one of the children has ended; collect the orphans that were adopted."""
    while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)) and ended.si_pid not in children:
        os.waitpid(ended.si_pid, 0)


@contextlib.contextmanager
def _children(settings: Settings) -> Iterator[list[_Child]]:
    """The API server, then those that it has a channel to."""
    channels = {name: socket.socketpair() for name in ("ssh", "redshift")}
    lifeline, alive = os.pipe()
    ours = [end.fileno() for end, _ in channels.values()]
    children = [_spawn("api", settings, ours, lifeline, stdout=subprocess.PIPE)]
    for name, (_, end) in channels.items():
        children.append(_spawn(name, settings, [end.fileno()], lifeline))
    for end in itertools.chain.from_iterable(channels.values()):
        end.close()
    os.close(lifeline)
    try:
        yield children
    finally:
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)
        os.close(alive)
        _end(children)


def _spawn(
    name: str, settings: Settings, channels: Sequence[int], lifeline: int, stdout: int = subprocess.DEVNULL
) -> _Child:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            f"ess_plugins.sandbox.{name}",
            settings.encode(),
            *map(str, [*channels, lifeline]),
        ],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        pass_fds=(*channels, lifeline),
        env=_environment(),
        cwd=settings.state,
    )


def _environment() -> dict[str, str]:
    """The user's environment, without what configures AWS clients: moto asks boto3 for its regions."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {**kept, **nowhere, "AWS_EC2_METADATA_DISABLED": "true"}


def _ready(api: _Child) -> Ready:
    assert api.stdout is not None
    line = api.stdout.readline()
    if not line:
        raise SystemExit(1)  # the log says why
    return Ready.decode(line)


def _say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def _end(children: Sequence[_Child]) -> None:
    for child in children:
        try:
            child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _stop(_signum: int, _frame: FrameType | None) -> None:
    raise StopError


if __name__ == "__main__":
    guard.install()
    raise SystemExit(main(Settings.decode(sys.argv[1])))
