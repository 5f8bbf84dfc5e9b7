"""Keep a process on this machine: refuse to connect or send to any address outside loopback.

Standard library only, and loadable by path, so that a test can install it in any child Python.
"""

import errno
import functools
import socket
import sys
from collections.abc import Callable
from typing import Any

_SENDING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_RESOLVING = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_INTERNET = (socket.AF_INET, socket.AF_INET6)


def install() -> None:
    """Refuse from now on, in every thread and for good; a refused call raises PermissionError."""
    sys.addaudithook(_watch)
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _checking_names(getattr(socket.socket, name)))


def is_loopback(host: str) -> bool:
    """Whether ``host`` is ``localhost`` or an address of 127.0.0.0/8 or ::1; any other name is not."""
    if host == "localhost" or _packed(socket.AF_INET, host)[:1] == b"\x7f":
        return True
    packed = _packed(socket.AF_INET6, host.partition("%")[0])
    return packed == b"\0" * 15 + b"\1" or packed[:13] == b"\0" * 10 + b"\xff\xff\x7f"


def _checking_names(method: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a name before C looks it up, which no audit event announces."""

    @functools.wraps(method)
    def checked(sock: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1] if arguments else None
        if sock.family in _INTERNET and isinstance(address, tuple) and _asks_the_network(_text(address[0])):
            _refuse(address[0])
        return method(sock, *arguments)

    return checked


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _SENDING:
        sock, address = arguments
        if sock.family in _INTERNET and isinstance(address, tuple) and not is_loopback(_text(address[0])):
            _refuse(address[0])
    elif event in _RESOLVING and _asks_the_network(_text(arguments[0] or "")):
        _refuse(arguments[0])


def _asks_the_network(host: str) -> bool:
    if not host or is_loopback(host) or host == socket.gethostname():
        return False
    return not (_packed(socket.AF_INET, host) or _packed(socket.AF_INET6, host.partition("%")[0]))


def _refuse(host: object) -> None:
    raise PermissionError(errno.EPERM, f"guard: {host!r} is outside 127.0.0.0/8")


def _packed(family: socket.AddressFamily, host: str) -> bytes:
    try:
        return socket.inet_pton(family, host)
    except (OSError, ValueError):
        return b""


def _text(host: str | bytes | bytearray) -> str:
    return host if isinstance(host, str) else bytes(host).decode("ascii", "replace")
