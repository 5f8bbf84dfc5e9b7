"""Become another user and another program that ends with whoever started it.

Run as a script by its path, with the standard library only: ``launcher.py UID PARENT COMMAND…``. So a program
that refuses to run as root gets the rights of nobody, and its folder as an open descriptor.
"""

import ctypes
import os
import signal
import sys

END_SIGNAL = signal.SIGQUIT
"""What ends PostgreSQL at once and without traces."""
_PR_SET_PDEATHSIG = 1


def main(uid: int, parent: int, command: list[str]) -> None:
    """Never returns; ends at once where the parent is gone already."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    os.umask(0o077)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, END_SIGNAL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
