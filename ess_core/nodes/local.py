"""The core's own worker provider: this machine, or hosts that the user named."""

import getpass
import re
from typing import TYPE_CHECKING

from ess_core.errors import ConfigError, UsageError
from ess_core.nodes import active
from ess_core.nodes.worker import SSH_PORT, Login, Worker

if TYPE_CHECKING:
    from ess_core.cloud import Cloud
    from ess_core.conf import Conf

HOST_SYNTAX = re.compile(
    r"(?:(?P<user>[^@]*)@)?(?:\[(?P<v6>[^\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{1,5}))?", re.ASCII
)
PROVIDER = "local"
THIS_MACHINE = Worker(id="this machine", state="running", login=None)


class LocalProvider:
    """Gives the hosts of ``ess instance local HOST…``, or this machine where none were named."""

    def __init__(self, conf: "Conf | None" = None, cloud: "Cloud | None" = None) -> None:
        """Need neither of what every provider is given."""

    def workers(self) -> list[Worker]:
        """The hosts in the order they were named. Raises EssError where the saved choice is damaged."""
        hosts = active.read().hosts
        return [Worker(host, "running", parse_host(host)) for host in hosts] or [THIS_MACHINE]


def parse_host(text: str) -> Login:
    """Read ``user@host:port``, where user and port may be left out and an IPv6 address is in brackets.

    Raises UsageError where it is anything else.
    """
    found = HOST_SYNTAX.fullmatch(text)
    host = found and (found["v6"] or found["name"])
    if not found or not host or found["user"] == "":
        raise _not_a_host(text)
    try:
        return Login(host, int(found["port"] or SSH_PORT), found["user"] or getpass.getuser())
    except ConfigError as error:
        raise _not_a_host(text, f": {error.message}") from error
    except (KeyError, OSError) as error:
        raise _not_a_host(text, ": this user has no name, so the host needs one") from error


def _not_a_host(text: str, why: str = "") -> UsageError:
    return UsageError(f"{text!r} is not a host{why}", "write user@host:port, and IPv6 as user@[::1]:22")
