"""The one place where what went wrong becomes lines on stderr and an exit code."""

import contextlib
import errno
import select
import traceback
from typing import TextIO

from ess_core.errors import EssError
from ess_core.host.escape import one_line
from ess_core.host.isolation import reason
from ess_core.host.secrets import safe
from ess_core.interrupts import Interrupted

CLOSED_PIPE = 141
_STDOUT_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def report(error: BaseException, stderr: TextIO, *, debug: bool = False) -> int:
    """Say what went wrong in a line or two, with the traceback under ``--debug``; return the exit code."""
    error = _signal_in_import(error) or error
    if isinstance(error, BrokenPipeError) and _reader_has_gone():
        return CLOSED_PIPE
    if isinstance(error, SystemExit) and (error.code is None or isinstance(error.code, int)):
        return error.code or 0
    with contextlib.suppress(OSError, ValueError):  # nobody may be reading stderr either
        if debug and not isinstance(error, KeyboardInterrupt):
            stderr.write(safe("".join(traceback.format_exception(error))))
        stderr.write(safe(_lines(error)))
        stderr.flush()
    return _exit_code(error)


def understood(error: BaseException) -> EssError | None:
    """What went wrong and what to type, where that is known: an EssError, or a failure of AWS explained."""
    if type(error).__module__.startswith(("boto3.", "botocore.")):
        from ess_core.cloud import explain  # such an error says that botocore is imported already

        return explain(error)
    return error if isinstance(error, EssError) else None


def _signal_in_import(error: BaseException | None) -> Interrupted | None:
    """The signal that ended an import, of which libraries in C make an ImportError."""
    while isinstance(error, ImportError):
        error = error.__cause__
    return error if isinstance(error, Interrupted) else None


def _exit_code(error: BaseException) -> int:
    if isinstance(error, KeyboardInterrupt):
        return int(getattr(error, "exit_code", 130))
    return error.exit_code if isinstance(error, EssError) else 1


def _lines(error: BaseException) -> str:
    """What the error says, then the notes that were added to it on its way up."""
    return _said(error) + "".join(f"{note}\n" for note in getattr(error, "__notes__", ()))


def _said(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return ""
    if known := understood(error):
        hint = f"hint: {one_line(known.hint)}\n" if known.hint else ""
        return f"ess: {one_line(known.message)}\n{hint}"
    if isinstance(error, SystemExit):  # sys.exit("text")
        return f"ess: {one_line(str(error.code))}\n"
    if isinstance(error, OSError) and error.errno in _STDOUT_FULL and error.filename is None:
        return f"ess: the output cannot be written: {error.strerror}\n"
    if isinstance(error, FileNotFoundError) and error.filename is None:  # only os.getcwd() names no file
        return "ess: the working folder is not there any more\nhint: cd to another one\n"
    return f"ess: {reason(error)} (a bug; --debug shows where)\n"


def _reader_has_gone() -> bool:
    """True where stdout or stderr is a pipe that nobody reads; a network connection can break too."""
    poll = select.poll()
    for descriptor in (1, 2):
        poll.register(descriptor, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))
