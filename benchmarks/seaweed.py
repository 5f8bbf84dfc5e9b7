"""A SeaweedFS with 100,000 objects, for the listing benchmark: a real server, which does work of its own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import listers
from benchmarks.keys import Keys
from benchmarks.listers import S5cmd
from tests.fixtures.seaweed import program, running

_OBJECTS = 100_000
_A_DAY = 2400
_PARTS = 24


@dataclass(frozen=True)
class Filled:
    """Where it is, and its bucket."""

    endpoint: str
    bucket: str
    keys: Keys


def missing() -> str:
    """Why it cannot be had here; empty where it can."""
    if program() is None:
        return "not here; `make bench` installs it"
    return S5cmd().missing() and "it is s5cmd that fills it, and that is not here"


@contextmanager
def filled(folder: Path) -> Iterator[Filled]:
    """Run it on free ports, with its data in ``folder``, until the end."""
    weed = program()
    assert weed
    data, source = folder / "data", folder / "source"
    data.mkdir()
    keys = [_key(number) for number in range(_OBJECTS)]
    _write(source, keys)
    with running(weed, data) as server:
        bucket = server.bucket({})
        copy = [S5cmd.PROGRAM, "--log=error", "cp", f"{source}/*", f"s3://{bucket}/"]
        subprocess.run(copy, env=os.environ | listers.environment(server.endpoint), check=True)
        yield Filled(server.endpoint, bucket, Keys.of(keys))


def _key(number: int) -> str:
    """As the logs of s3list, in months of 28 days."""
    day, of_day = divmod(number, _A_DAY)
    month, day = divmod(day, 28)
    host, part = divmod(of_day, _PARTS)
    return f"logs/2014/{month + 1:02}/{day + 1:02}/host-{host:03}/part-{part:04}.gz"


def _write(folder: Path, keys: list[str]) -> None:
    for key in keys:
        path = folder / key
        if path.name.endswith("0000.gz"):
            path.parent.mkdir(parents=True)
        path.write_bytes(b"x" * (len(key) + 1))
