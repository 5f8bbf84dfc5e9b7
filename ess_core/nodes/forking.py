"""The process that the processes of an executor are copies of: what it has imported, they need not import.

It takes no task itself. Where what it has imported has started threads, which a copy would not have, new
processes begin from nothing.
"""

import os
import pickle
import socket
import struct
import sys
from contextlib import suppress

from ess_core import garbage
from ess_core.nodes import tasks
from ess_core.nodes.tasks import NUMBER

COPY = 0
"""What it is asked for one more process, with the socket of that; else it is asked how one ended."""
ENDED = struct.Struct("!ii")
"""The answer: the number of the process, and its exit code."""
UNKNOWN = 1 << 16
"""The exit code of a process that is none of its own: of one that died before it."""

_THREADS = "/proc/self/task"


def main(handle: int) -> None:
    """Do what is asked at the socket ``handle`` until nothing more can come from there.

    First come the size of a Setting, and it, pickled. Where no process can be made, its executor is told the
    negative number of the error in place of that of the process.
    """
    garbage.look_rarely()
    os.set_inheritable(handle, False)  # noqa: FBT003 - it has no name
    mine = None
    with socket.socket(fileno=handle) as control, suppress(struct.error, OSError):  # nobody asks any more
        (size,) = NUMBER.unpack(control.recv(NUMBER.size, socket.MSG_WAITALL))
        tasks.get_ready(pickle.loads(control.recv(size, socket.MSG_WAITALL)))  # noqa: S301 - of who started us
        garbage.leave_it()
        mine = _asked(control)
    if mine is not None:
        tasks.main(mine)


def command(function: str, handle: int) -> list[str]:
    """How a new process begins that runs ``MODULE.FUNCTION`` with a handle."""
    module, _, name = function.rpartition(".")
    return [sys.executable, "-P", "-c", f"from {module} import {name}; {name}({handle})"]


def _asked(control: socket.socket) -> int:
    """Do what is asked; in a copy, its handle."""
    while True:
        asked, handles, *_ = socket.recv_fds(control, NUMBER.size, 1, socket.MSG_CMSG_CLOEXEC)
        (number,) = NUMBER.unpack(asked)
        if number == COPY:
            (mine,) = handles
            if _is_copy(mine):
                return mine
            os.close(mine)
        else:
            control.sendall(ENDED.pack(number, _exit_code(number)))


def _exit_code(number: int) -> int:
    try:
        _, status = os.waitpid(number, 0)
    except ChildProcessError:
        return UNKNOWN
    return os.waitstatus_to_exitcode(status)


def _is_copy(handle: int) -> bool:
    """Make a process; whether this is it."""
    try:
        if len(os.listdir(_THREADS)) == 1:
            if os.fork():
                return False
            os.setsid()
            return True
        os.set_inheritable(handle, True)  # noqa: FBT003 - as above
        os.posix_spawn(sys.executable, command(f"{tasks.__name__}.main", handle), os.environ, setsid=True)
    except OSError as error:
        with suppress(OSError):
            os.write(handle, NUMBER.pack(-(error.errno or 0)))
    return False
