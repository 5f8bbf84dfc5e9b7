"""The logs of web servers, as they write them out of the box.

Source: https://httpd.apache.org/docs/2.4/logs.html#accesslog (common and combined; nginx's is combined)
"""

import re

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_USER = r'((?:[^"\\]|\\.)+?)'  # it may have blanks and brackets, and a quote in it is escaped
_COMMON = rf"(\S+) (\S+) {_USER} \[([^\]]+)\] {_QUOTED} (\d{{3}}|-) (\d+|-)"
_PATTERNS = {"common": re.compile(_COMMON), "combined": re.compile(rf"{_COMMON} {_QUOTED} {_QUOTED}")}

_FIRST = ("remote_host", "ident", "remote_user", "time", "request", "status", "bytes_sent")
COLUMNS = {"common": _FIRST, "combined": (*_FIRST, "referer", "user_agent")}
"""The columns of each format."""


def split(line: str, name: str) -> list[str]:
    """The cells of a line; a ``-`` is nothing. Raises ValueError where it is no line of that format."""
    found = _PATTERNS[name].fullmatch(line)
    if not found:
        raise ValueError(f"not a line of a {name} log")
    return ["" if cell == "-" else cell for cell in found.groups()]


def sniff(lines: list[str]) -> str:
    """The format that nine in ten of the lines have; empty where there is none."""
    for name, pattern in _PATTERNS.items():
        hits = sum(bool(pattern.fullmatch(line)) for line in lines)
        if lines and hits >= 0.9 * len(lines):
            return name
    return ""
