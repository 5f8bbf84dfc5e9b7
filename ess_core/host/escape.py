"""Text that may hold anything, on one line and harmless to a terminal."""

import re

_UNSAFE = re.compile(r"[\\\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAKS = re.compile(rf"{_UNSAFE.pattern}|[\u2028\u2029]")
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r", "\\": r"\\"}


def escape(text: str) -> str:
    r"""Write TAB, NL, CR and backslash as ``\t \n \r \\`` and other control bytes as ``\xNN``.

    A character of several bytes in UTF-8 becomes several ``\xNN``, and a byte that was not UTF-8 (PEP 383)
    becomes itself: so the bytes of the original can always be told.
    """
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    return _UNSAFE.sub(_escaped, text)


def visible(text: str) -> str:
    """``text`` for a person: control bytes escaped, line breaks and backslashes as they are."""
    return text if text.isprintable() else _BREAKS.sub(_shown, text)


def one_line(text: str) -> str:
    """``text`` with its lines joined by blanks, for a message."""
    return visible(" ".join(text.splitlines()))


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    return _SHORT.get(char) or "".join(f"\\x{byte:02x}" for byte in _bytes(char))


def _shown(match: re.Match[str]) -> str:
    return match[0] if match[0] in "\n\\" else _escaped(match)


def _bytes(char: str) -> bytes:
    if "\udc80" <= char <= "\udcff":
        return char.encode("utf-8", "surrogateescape")
    return char.encode("utf-8", "surrogatepass")
