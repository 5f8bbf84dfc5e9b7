"""Hosts as users write them: ``user@host:port``."""

import getpass
import re

from ess_core.errors import ConfigError, UsageError
from ess_core.nodes.worker import SSH_PORT, Login

HOST_SYNTAX = re.compile(
    r"(?:(?P<user>[^@]*)@)?(?:\[(?P<v6>[^\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{1,5}))?", re.ASCII
)


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
