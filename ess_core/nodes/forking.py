"""The process that the processes of an executor are copies of: what it has imported, they need not import.

It takes no task itself. Where what it has imported has started threads, which a copy would not have, new
processes begin from nothing.
"""

import errno
import os
import pickle
import select
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ess_core import garbage
from ess_core.nodes import tasks
from ess_core.nodes.sessions import kill_session

NUMBER = struct.Struct("!i")
"""How it is asked, and answers."""
COPY = 0
"""What it is asked for one more process, with the socket of that; else it is asked how one of them ended."""
UNKNOWN = 1 << 16
"""The exit code of a process that is none of its own: of one that died before it."""

_THREADS = "/proc/self/task"


def main(handle: int) -> None:
    """Answer what is asked at the socket ``handle`` until nothing more can come from there.

    First come the size of a Setting and the Setting, pickled. Asked for a process it answers with its number,
    or with the negative number of the error; asked how one ended, with its exit code.
    """
    garbage.look_rarely()
    os.set_inheritable(handle, False)  # noqa: FBT003 - it has no name
    mine = None
    with socket.socket(fileno=handle) as control, suppress(struct.error, OSError):  # nobody asks any more
        _get_ready(control)
        mine = _asked(control)
    if mine is None:
        kill_session(os.getpid())  # with what imports have started
    else:
        tasks.main(mine)


def command(function: str, handle: int) -> list[str]:
    """How a new process begins that runs ``MODULE.FUNCTION`` with a handle."""
    module, _, name = function.rpartition(".")
    return [sys.executable, "-P", "-c", f"from {module} import {name}; {name}({handle})"]


def _get_ready(control: socket.socket) -> None:
    (size,) = NUMBER.unpack(control.recv(NUMBER.size, socket.MSG_WAITALL))
    pickled = control.recv(size, socket.MSG_WAITALL)
    if len(pickled) < size:
        raise ConnectionError("the other end is gone")
    with _watched(control.fileno()):
        tasks.get_ready(pickle.loads(pickled))  # noqa: S301 - of who started this process
    garbage.leave_it()


@contextmanager
def _watched(handle: int) -> Iterator[None]:
    """End this process where the other end of the socket is closed meanwhile: an import may never end."""
    done, over = os.pipe()
    watch = threading.Thread(target=_watch, args=(handle, done), daemon=True)
    watch.start()
    try:
        yield
    finally:
        os.close(over)
        watch.join()  # no copy is made of a process with threads
        os.close(done)


def _watch(handle: int, done: int) -> None:
    poll = select.poll()
    poll.register(handle, select.POLLRDHUP)
    poll.register(done, 0)  # it is told of the end in any case
    if handle in dict(poll.poll()):
        kill_session(os.getpid())


def _asked(control: socket.socket) -> int:
    """Answer what is asked; in a copy, its handle."""
    while True:
        asked, handles, *_ = socket.recv_fds(control, NUMBER.size, 1)
        (number,) = NUMBER.unpack(asked)
        if number != COPY:
            answer = _exit_code(number)
        else:
            (mine,) = handles
            answer = _started(mine)
            if answer == COPY:
                return mine
            os.close(mine)
        control.sendall(NUMBER.pack(answer))


def _exit_code(number: int) -> int:
    try:
        _, status = os.waitpid(number, 0)
    except ChildProcessError:
        return UNKNOWN
    return os.waitstatus_to_exitcode(status)


def _started(handle: int) -> int:
    """Start a process; its number, COPY in itself, and a negative one for an error."""
    try:
        if _is_alone():
            number = os.fork()
            if number == 0:
                os.setsid()
            return number
        os.set_inheritable(handle, True)  # noqa: FBT003 - as above
        words = command(f"{tasks.__name__}.main", handle)
        return os.posix_spawn(sys.executable, words, os.environ, setsid=True)
    except OSError as error:
        return -(error.errno or errno.EAGAIN)


def _is_alone() -> bool:
    """Whether it is known that this process has one thread."""
    try:
        return len(os.listdir(_THREADS)) == 1
    except OSError:
        return False
