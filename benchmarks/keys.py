"""Which keys a bucket has, and whether a tool's output names those and no others."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PAGE = 1000
"""Keys that S3 gives for one request, at most."""
KeyOf = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Keys:
    """The number of keys, and the hash of them in the order of their bytes, a line each."""

    count: int
    digest: str

    @classmethod
    def of(cls, keys: Iterable[str]) -> Self:
        """Those of a list."""
        lines = sorted(key.encode() for key in keys)
        return cls(len(lines), _digest(lines))

    @property
    def fewest_listings(self) -> int:
        """The LIST requests that a listing takes, at least."""
        return -(-self.count // PAGE)

    def wrong_in(self, output: Path, key_of: KeyOf) -> str:
        """What is wrong with the keys that the lines of this file name; empty where nothing is."""
        with output.open("rb") as lines:
            if _digest(_named(lines, key_of)) == self.digest:
                return ""
        with output.open("rb") as lines:
            found = sorted(_named(lines, key_of))
        if _digest(found) == self.digest:
            return "in another order"
        return f"WRONG: {len(found)} keys, and not those that are there"


def _named(lines: Iterable[bytes], key_of: KeyOf) -> Iterable[bytes]:
    return (key_of(line.rstrip(b"\n")) for line in lines)


def _digest(keys: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for key in keys:
        found.update(key + b"\n")
    return found.hexdigest()
