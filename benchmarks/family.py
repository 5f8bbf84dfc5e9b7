"""How much memory all processes of one command have at once: what one of them has may be a small part."""

import os
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_MARK = "BENCHMARKS_FAMILY"
_EVERY_S = 0.05
_KB = 1 << 10


class Family:
    """Processes that have ``env``; pages that several of them share count once (PSS)."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._mark = f"{_MARK}={uuid.uuid4()}"
        self.env = {**env, _MARK: self._mark.partition("=")[2]}
        self.peak_bytes = 0
        self._ended = threading.Event()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look every 50 ms while the block runs."""
        watching = threading.Thread(target=self._watch)
        watching.start()
        try:
            yield
        finally:
            self._ended.set()
            watching.join()

    def _watch(self) -> None:
        while not self._ended.wait(_EVERY_S):
            self.peak_bytes = max(self.peak_bytes, sum(map(_pss_bytes, self._members())))

    def _members(self) -> Iterator[Path]:
        for name in filter(str.isdigit, os.listdir("/proc")):
            folder = Path("/proc", name)
            try:
                is_member = self._mark.encode() in (folder / "environ").read_bytes().split(b"\0")
                if is_member and b"measured.py" not in (folder / "cmdline").read_bytes():
                    yield folder
            except OSError:
                continue  # it has ended, or is another user's


def _pss_bytes(folder: Path) -> int:
    try:
        lines = (folder / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * _KB for line in lines if line.startswith("Pss:")), 0)
