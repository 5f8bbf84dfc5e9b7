"""Output in pieces as whole lines, each with the name of its node."""

LONGEST_BYTES = 1 << 16
"""What is longer is printed in several lines: a node that never ends a line must not fill the memory."""


class Lines:
    """The lines of one stream of one node."""

    def __init__(self, prefix: bytes) -> None:
        self._prefix = prefix
        self._rest = b""

    def take(self, data: bytes) -> bytes:
        """The lines that are whole with ``data``."""
        whole, newline, self._rest = (self._rest + data).rpartition(b"\n")
        lines = whole.split(b"\n") if newline else []
        if len(self._rest) >= LONGEST_BYTES:
            lines.append(self._rest)
            self._rest = b""
        return self._named(lines)

    def end(self) -> bytes:
        """The last line where it has no end."""
        rest, self._rest = self._rest, b""
        return self._named([rest] if rest else [])

    def _named(self, lines: list[bytes]) -> bytes:
        return b"".join(b"%b%b\n" % (self._prefix, line) for line in lines)
