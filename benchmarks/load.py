"""The load generator of the listing benchmark, built and run: see benchmarks/s3list/README.md."""

import hashlib
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).with_name("s3list")
_PROGRAM = _FOLDER / "target" / "release" / "s3list"


class Load:
    """A running load generator."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def fresh(self) -> None:
        """Count from now on."""
        self._stats("?reset")

    def listings(self) -> int:
        """LIST requests since ``fresh``."""
        return int(self._stats()["listings"])

    def _stats(self, words: str = "") -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.endpoint}/__stats{words}") as answer:
            return json.load(answer)  # type: ignore[no-any-return]


def missing() -> str:
    """Why there is no load generator here; empty where there is."""
    if not shutil.which("cargo"):
        return "it needs cargo, Rust's package manager, which is not here"
    done = subprocess.run(
        ["cargo", "build", "--quiet", "--release", "--offline"], cwd=_FOLDER, capture_output=True, text=True
    )
    return f"cargo cannot build it: {done.stderr.strip()[-300:]}" if done.returncode else ""


@contextmanager
def running() -> Iterator[Load]:
    """Run it on a free port until the end."""
    with subprocess.Popen([_PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield Load(process.stdout.readline().split()[-1])
        finally:
            process.terminate()


def digest_of_keys(bucket: str) -> str:
    """The hash of the bucket's keys, in order and a line each."""
    return _digest_of("--keys", bucket)


def digest_of_object(size_bytes: int) -> str:
    """The hash of the large object of this size."""
    return _digest_of("--object", str(size_bytes))


def _digest_of(*words: str) -> str:
    with subprocess.Popen([_PROGRAM, *words], stdout=subprocess.PIPE) as process:
        assert process.stdout
        found = hashlib.sha256()
        while part := process.stdout.read(1 << 20):
            found.update(part)
    return found.hexdigest()
