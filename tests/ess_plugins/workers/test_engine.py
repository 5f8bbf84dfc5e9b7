"""From two workers of the sandbox, over their SSH, to an engine that runs functions on both."""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.request import urlopen

import pytest
from distributed.core import rpc
from distributed.security import Security

from ess_core.cloud.checkup import Case, Status
from ess_plugins.workers import bundle, cluster, doctor, engine
from ess_plugins.workers.engine import Engine
from tests.fixtures.engine import NODE, Pair, copy_of
from tests.fixtures.processes import alive, family, listening
from tests.fixtures.waiting import until

ROLES = ("scheduler", "worker")


@contextmanager
def client(running: Engine) -> Iterator[Any]:
    """Dask's client, through the tunnel."""
    from distributed import Client

    with Client(running.address, security=running.security(), set_as_default=False) as made:
        yield made


@contextmanager
def used(pair: Pair, say: Any = lambda _line: None) -> Iterator[Any]:
    """A client of the engine, which is started where it does not run."""
    with engine.running(*pair.context, say) as running, client(running) as made:
        yield made


def states(pair: Pair) -> dict[tuple[str, str], dict[str, Any]]:
    """What each node keeps of its processes, by node and role."""
    files = {
        (name, role): pair.home(name) / NODE / "run" / f"{role}.json" for name in pair.ids for role in ROLES
    }
    return {key: json.loads(file.read_text()) for key, file in files.items() if file.exists()}


def test_functions_run_on_both_workers_through_the_tunnel(pair):
    with engine.running(*pair.context, print) as running, client(running) as made:
        assert running.workers == 2
        assert sorted(made.run(os.getenv, "HOME").values()) == sorted(map(str, pair.homes))
        addresses = {name: address.split("//")[1].split(":")[0] for address, name in names(made).items()}
        assert len(set(addresses.values())) == 2
        for (name, _role), state in states(pair).items():
            assert listening(family(state["pid"])) == {addresses[name]}, "on the node's private address only"
        for home in pair.homes:
            keys = home / NODE / "tls"
            assert {path.name for path in keys.iterdir()} == {"ca.pem", "node.pem", "node-key.pem", "for"}
            assert {path.stat().st_mode & 0o777 for path in keys.iterdir()} == {0o600}
        mine, other = ((home / NODE / "tls" / "node-key.pem").read_text() for home in pair.homes)
        assert mine != other


def test_the_engine_talks_to_nobody_else(pair):
    """On its own address, past the tunnel: with another authority's certificate, with none, without TLS."""
    with engine.running(*pair.context, print) as running:
        (at,) = {state["listens"] for (_, role), state in states(pair).items() if role == "scheduler"}
        (*nodes,) = {state["listens"] for (_, role), state in states(pair).items() if role == "worker"}
        foreign = cluster.Cluster("ec2", "foreign").authority()
        shown = replace(running, cert=foreign.client, key=foreign.client_key).security()
        for address in (at, *nodes):
            assert answers(address, running.security())
            assert not answers(address, shown)
            assert not answers(address.replace("tls://", "tcp://"), Security(require_encryption=False))


def answers(address: str, security: Security) -> bool:
    async def ask() -> bool:
        how = security.get_connection_args("client")
        async with asyncio.timeout(10), rpc(address, connection_args=how, timeout=3) as remote:
            return bool(await remote.identity())

    try:
        return asyncio.run(ask())
    except OSError:
        return False


def names(made: Any) -> dict[str, str]:
    return {address: one["name"] for address, one in made.scheduler_info(n_workers=-1)["workers"].items()}


def test_what_runs_is_found_again_and_left_alone(pair, here):
    with used(pair):
        before = states(pair)
    said: list[str] = []
    with used(pair, said.append):
        assert states(pair) == before
    assert said == []
    done = here("cluster", "prepare", "-f", "value", "-c", "node", "-c", "state")
    assert done.returncode == 0
    assert done.stdout.split() == [word for name in pair.ids for word in (name, "ready")]
    assert states(pair) == before
    case = Case(*pair.context)
    assert doctor.engine(case) == "it runs on 2 workers, from what is installed here"


def test_a_worker_that_cannot_be_prepared_is_named_and_left_out(pair, here):
    good, bad = pair.ids
    shutil.rmtree(pair.home(bad) / ".ess", ignore_errors=True)
    (pair.home(bad) / ".ess").write_text("in the way")
    done = here("cluster", "prepare", "--all-or-nothing")
    assert done.returncode == 1
    assert f"1 of 2 workers are not ready; {bad}: " in done.stderr
    assert states(pair) == {}
    done = here("cluster", "prepare", "-f", "value", "-c", "node", "-c", "state")
    assert done.returncode == 3
    assert done.stdout.splitlines() == [f"{good} ready", f"{bad} left out"]
    assert f"1 of 2 workers are left out: {bad}" in done.stderr
    said: list[str] = []
    with used(pair, said.append) as made:
        assert list(names(made).values()) == [good]
    assert [line for line in said if line.startswith(f"{bad} is left out: ")]


def test_a_scheduler_that_was_killed_is_started_at_the_next_use(pair):
    with used(pair):
        before = states(pair)
    os.kill(before[pair.ids[0], "scheduler"]["pid"], signal.SIGKILL)
    with used(pair) as made:
        assert sorted(names(made).values()) == sorted(pair.ids)
    for key, state in states(pair).items():
        assert state["pid"] != before[key]["pid"]


@pytest.mark.slow
def test_a_worker_that_was_killed_comes_back_by_itself(pair):
    with used(pair) as made:
        (victim, *_) = made.run(os.getpid).values()
        os.kill(victim, signal.SIGKILL)

        def replaced():
            return victim not in made.run(os.getpid, on_error="return").values() and len(names(made)) == 2

        until(replaced, 90)


@pytest.mark.slow
def test_an_engine_of_other_versions_is_replaced(pair, monkeypatch):
    with used(pair):
        before, old = states(pair), bundle.current().digest
    monkeypatch.setattr(bundle, "LAYOUT", "another")
    new = bundle.current().digest
    for home in pair.homes:
        copy_of(home / NODE / old, home / NODE / new)
        if (home / NODE / old).is_symlink():
            (home / NODE / old).unlink()
            copy_of(home / NODE / new, home / NODE / old)
    finding = doctor.engine(Case(*pair.context))
    assert not isinstance(finding, str)
    assert finding.status is Status.NOTE
    with used(pair):
        assert {state["digest"] for state in states(pair).values()} == {new}
    assert not [state["pid"] for state in before.values() if alive(state["pid"])]
    assert not [home for home in pair.homes if (home / NODE / old).exists()]


@pytest.mark.slow
def test_the_engine_of_another_home_is_not_taken_over_in_passing(pair, here, monkeypatch, tmp_path):
    with used(pair):
        before = states(pair)
    shutil.rmtree(cluster.current().folder)
    with pytest.raises(engine.EssError, match="no keys of"), used(pair):
        pass
    assert states(pair) == before
    assert here("cluster", "prepare").returncode == 0
    assert {state["ca"] for state in states(pair).values()} == {cluster.current().authority().fingerprint}


def test_a_worker_that_leaves_ends_what_it_does_and_may_come_back(pair, here):
    first, second = pair.ids
    with used(pair) as made:
        (address,) = [one for one, name in names(made).items() if name == second]
        begun = made.submit(eval, "__import__('time').sleep(3) or 7", workers=[address], pure=False)
        held = made.submit(eval, "40 + 2", workers=[address], allow_other_workers=True, pure=False)
        assert held.result() == 42
        done = here("instance", "ec2", "remove", second)
        assert done.returncode == 0, done.stderr
        assert "leaves" not in done.stderr
        assert list(names(made).values()) == [first]
        assert (begun.result(5), held.result(5)) == (7, 42)
        assert not (pair.home(second) / NODE / "tls").exists()
        assert (second, "worker") not in states(pair)
        done = here("instance", "ec2", "add", second, "--force")
        assert done.returncode == 0, done.stderr
        assert sorted(names(made).values()) == sorted(pair.ids), "it has joined what runs"


def test_the_keys_go_with_the_cluster_and_not_with_one_of_its_workers(bare, here):
    place = cluster.current()
    place.authority()
    assert here("instance", "ec2", "terminate", bare.ids[0]).returncode == 0
    assert place.folder.exists()
    assert here("instance", "ec2", "terminate", "all").returncode == 0
    assert not place.folder.exists()


@pytest.mark.slow
def test_the_pages_are_seen_through_a_tunnel(pair, ess):
    with used(pair):
        pass
    process = ess.start("cluster", "dashboard", env={"ESS_HOME": os.environ["ESS_HOME"]})
    try:
        assert process.stdout
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        with urlopen(url.rsplit("/", 1)[0].replace("/info/main", "") + "/health", timeout=10) as page:
            assert page.read() == b"ok"
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
