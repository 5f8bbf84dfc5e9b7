"""From two workers of the sandbox, over their SSH, to an engine that runs functions on both."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ess_plugins.workers import engine
from ess_plugins.workers.engine import Engine


@contextmanager
def client(running: Engine) -> Iterator[Any]:
    """Dask's client, through the tunnel."""
    from distributed import Client

    with Client(running.address, security=running.security(), set_as_default=False) as made:
        yield made


def silent(_line: str) -> None:
    """Listen to nothing."""


def test_functions_run_on_both_workers_through_the_tunnel(pair):
    with engine.running(*pair.context, silent) as running, client(running) as made:
        assert running.workers == 2
        assert sorted(made.run(os.getenv, "HOME").values()) == sorted(map(str, pair.homes))


def test_what_runs_is_found_again_and_left_alone(pair):
    said = []
    with engine.running(*pair.context, silent) as running, client(running) as made:
        before = made.run(os.getpid)
    with engine.running(*pair.context, said.append) as running, client(running) as made:
        assert made.run(os.getpid) == before
    assert said == []
