"""The shell line that runs a command so that it ends with whoever started it."""

import re
import shlex

GRACE_S = 5
"""How long a command that is to end may take to clear up before it is killed."""

_GUARD = (
    "exec 3<&0 </dev/null; "
    "(while read -r _ <&3; do :; done; "
    f'trap "" TERM; kill -s TERM 0; sleep {GRACE_S}; kill -s KILL 0) >/dev/null 2>&1 & '
    '"${SHELL:-sh}" -c "$1" 3<&-; '
    "status=$?; exec 2>/dev/null; kill $!; exit $status"
)
"""Runs ``$1`` without input; once stdin ends, it is over for all processes of the group.

A connection that breaks ends stdin, and so does an ess that is killed. SSH servers and ess start a command
in a group of its own. What the command leaves running when it ends by itself stays.
"""

_PLAIN = re.compile(rb"[A-Za-z0-9_./=@:+,-]")


def argv(command: str) -> list[str]:
    """The words that run ``command`` guarded, by the user's shell."""
    return ["sh", "-c", _GUARD, "ess", command]


def line(command: str) -> str:
    """The same for the shell of an SSH server; bytes that are not UTF-8 (PEP 383) reach it as they are."""
    try:
        command.encode()
    except UnicodeEncodeError:
        return f"exec {shlex.join(argv('')[:-1])} \"$(printf %b '{escaped(command)}')\""
    return f"exec {shlex.join(argv(command))}"


def escaped(text: str) -> str:
    """``text`` as ``printf %b`` takes it, in nothing but letters, digits and what no shell knows."""
    return "".join(_octal(byte) for byte in text.encode("utf-8", "surrogateescape"))


def _octal(byte: int) -> str:
    return chr(byte) if _PLAIN.fullmatch(bytes([byte])) else f"\\0{byte:03o}"
