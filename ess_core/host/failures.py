"""The one place where what went wrong becomes lines on stderr and an exit code."""

import contextlib
import errno
import os
import re
import select
import traceback
from typing import TextIO

from ess_core.errors import EssError
from ess_core.host.isolation import one_line, reason

CLOSED_PIPE = 141
SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ESS_REDSHIFT_PASSWORD")
_STDOUT_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def report(error: BaseException, stderr: TextIO, *, debug: bool = False) -> int:
    """Say what went wrong in a line or two, with the traceback under ``--debug``; return the exit code."""
    if isinstance(error, KeyboardInterrupt):
        return int(getattr(error, "exit_code", 130))
    if isinstance(error, BrokenPipeError) and _reader_has_gone():
        return CLOSED_PIPE
    if isinstance(error, SystemExit) and (error.code is None or isinstance(error.code, int)):
        return error.code or 0
    with contextlib.suppress(OSError, ValueError):  # nobody may be reading stderr either
        if debug:
            stderr.write(_without_secrets("".join(traceback.format_exception(error))))
        stderr.write(_without_secrets(_lines(error)))
        stderr.flush()
    return error.exit_code if isinstance(error, EssError) else 1


def _lines(error: BaseException) -> str:
    if isinstance(error, EssError):
        hint = f"hint: {one_line(error.hint)}\n" if error.hint else ""
        return f"ess: {one_line(error.message)}\n{hint}"
    if isinstance(error, SystemExit):  # sys.exit("text")
        return f"ess: {one_line(str(error.code))}\n"
    if isinstance(error, OSError) and error.errno in _STDOUT_FULL and error.filename is None:
        return f"ess: the output cannot be written: {error.strerror}\n"
    return f"ess: {reason(error)} (a bug; --debug shows where)\n"


def _reader_has_gone() -> bool:
    """True where stdout or stderr is a pipe that nobody reads; a network connection can break too."""
    poll = select.poll()
    for descriptor in (1, 2):
        poll.register(descriptor, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _without_secrets(text: str) -> str:
    for name in SECRETS:
        if value := os.environ.get(name):
            text = text.replace(value, "***")
    return _SECRET.sub("***", text)


_SECRET = re.compile(
    r"(?<![\w/+=])(?=[\w/+]*[a-z])(?=[\w/+]*[A-Z])(?=[\w/+]*[0-9])[A-Za-z0-9/+]{40}(?![\w/+=])"
)
