"""How a remote command ended, as a shell says it."""

import signal

from ess_core.nodes import refusals
from ess_core.nodes.worker import Login


def exit_code(login: Login, exit_status: int | None, exit_signal: tuple[str, bool, str, str] | None) -> int:
    """The exit status, or 128 + the number of the signal that ended the command, as asyncssh reports them.

    Raises LoginError where neither came: the connection broke.
    """
    if exit_signal:
        return 128 + getattr(signal, f"SIG{exit_signal[0]}", signal.SIGKILL)
    if exit_status is None:
        raise refusals.failed(login, "the connection broke before the command had ended")
    return exit_status
