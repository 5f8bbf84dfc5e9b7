"""``proxy_jump``: hosts that connect us to the workers, ``[user@]host[:port]`` each, the nearest first."""

from collections.abc import Callable, Iterable
from pathlib import Path

from ess_core.errors import UsageError
from ess_core.nodes.hosts import parse_host
from ess_core.nodes.worker import JumpHost

LOGIN_S = 15.0
EXPECTED = "[user@]host[:port]"


def check(field: str, words: list[str], error: Callable[[str, str], None]) -> None:
    """Report what is wrong with the words of the conf, the way cerberus wants it."""
    for word in words:
        try:
            parse_host(word)
        except UsageError:
            error(field, f"has {word!r}, which is not {EXPECTED}" if len(words) > 1 else f"is not {EXPECTED}")


def read(words: Iterable[str], pem: Path | None) -> JumpHost | None:
    """The last of these hosts, each reached through the one before it; None where there are none."""
    last = None
    for word in words:
        host = parse_host(word)
        last = JumpHost(host.host, host.port, host.username, pem, via=last)
    return last


def try_out(jump: JumpHost | None) -> None:
    """Log in to the jump host. Raises LoginError, naming it, where that does not work."""
    if jump:
        from ess_core.nodes import ssh  # the schema needs this module, and it must load fast
        from ess_core.nodes.loop import complete

        complete(ssh.reach(jump, LOGIN_S))
