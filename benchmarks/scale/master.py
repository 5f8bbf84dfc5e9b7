"""``python -m benchmarks.scale.master WORK WARM FILES [FOLDER]``: work on files as `ess` has it done.

It is done by the engine of FOLDER, else by that of the active cluster: WARM files first, and then FILES. What
that took is printed as JSON.
"""

import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.scale import figures, place
from ess_core.cloud import Cloud
from ess_core.conf import Conf, load
from ess_core.files import File, open_datastore
from ess_core.files.commandline import NOTHING
from ess_core.host.plugins import Host
from ess_core.nodes.executors import Executor
from ess_core.nodes.processes import LocalExecutor
from ess_plugins.data.stream import Job, Plain, Target, run
from ess_plugins.workers import engine
from ess_plugins.workers.executor import DaskExecutor

SLEEP_S = 0.2


@dataclass
class Took:
    """What it took: until the first ones were done, and then for the rest.

    ``tenths`` are the bytes of memory in use when each tenth of the files was done.
    """

    files: int
    begun_s: float = 0.0
    seconds: float = 0.0
    cpu_s: float = 0.0
    tenths: list[int] = field(default_factory=list)
    peak_bytes: int = 0
    sent: int = 0
    sent_bytes: int = 0
    received: int = 0


@dataclass
class Context:
    """What a command has, and the executor asks for."""

    conf: Conf
    cloud: Cloud

    def say(self, text: str) -> None:
        """Tell it to whoever looks for why it went wrong."""
        print(text, file=sys.stderr)


def main(work: str, warm: int, files: int, folder: str) -> None:
    """Print what it took."""
    Host().load(None, without="--no-plugins")
    conf = load()
    cloud = Cloud(conf, "stream")
    if folder:
        engine.running = _found_in(Path(folder))
    fn, items = _WORK[work]
    took = Took(files)
    started = time.perf_counter()
    with DaskExecutor(Context(conf, cloud), None, LocalExecutor) as executor:
        _done(executor, fn, itertools.islice(items(cloud), warm))
        took.begun_s = time.perf_counter() - started
        _count_messages(took)
        _measure(executor, fn, itertools.islice(items(cloud), files), took)
    print(json.dumps(asdict(took)))


def _measure(executor: Executor, fn: Callable[[Any], Any], items: Iterator[Any], took: Took) -> None:
    def look(number: int) -> None:
        if number % (took.files // 10) == 0:
            took.tenths.append(figures.memory(name="VmRSS"))
            print(f"{number} files, {took.tenths[-1] >> 20} MB", file=sys.stderr)

    started, cpu = time.perf_counter(), time.process_time()
    _done(executor, fn, items, look)
    took.seconds, took.cpu_s = time.perf_counter() - started, time.process_time() - cpu
    took.peak_bytes = figures.memory()


def _done(
    executor: Executor,
    fn: Callable[[Any], Any],
    items: Iterator[Any],
    each: Callable[[int], None] = lambda _number: None,
) -> None:
    for number, outcome in enumerate(executor.map(fn, items, 1), 1):
        if outcome.error:
            raise outcome.error
        each(number)


def _jobs(cloud: Cloud) -> Iterator[Job]:
    """What `ess stream` gives an executor, with outputs in a bucket."""
    source, results = (open_datastore(url, cloud) for url in ("s3://logs", "s3://results"))
    moment = datetime(2026, 11, 26, tzinfo=UTC)
    for number in itertools.count():
        key = f"2026/11/26/host-{number:07}.log.gz"
        file = Plain(source, File(key, 1 << 20, moment, f"{number:032x}", "STANDARD"))
        yield Job(number, file, "grep -c GET", NOTHING, f"/nowhere/{number}", Target(results, key))


_WORK: dict[str, tuple[Callable[[Any], Any], Callable[[Cloud], Iterator[Any]]]] = {
    "stream": (run, _jobs),
    "nothing": (abs, lambda _cloud: itertools.count()),
    "sleep": (time.sleep, lambda _cloud: itertools.repeat(SLEEP_S)),
}


def _found_in(folder: Path) -> Any:
    @contextmanager
    def running(*_unused: Any) -> Iterator[engine.Engine]:
        yield place.engine(folder)

    return running


def _count_messages(took: Took) -> None:
    """Count what goes over connections from now on."""
    from distributed.comm.tcp import TCP

    write, read = TCP.write, TCP.read

    async def counted_write(self: Any, *words: Any, **more: Any) -> Any:
        size = await write(self, *words, **more)
        took.sent += 1
        took.sent_bytes += size
        return size

    async def counted_read(self: Any, *words: Any, **more: Any) -> Any:
        message = await read(self, *words, **more)
        took.received += 1
        return message

    TCP.write, TCP.read = counted_write, counted_read  # type: ignore[method-assign]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), "".join(sys.argv[4:]))
