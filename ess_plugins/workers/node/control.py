"""Starting and ending the processes of the engine on this node."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ess_core import home
from ess_core.errors import EssError
from ess_core.nodes.sessions import kill_session
from ess_plugins.workers.node import place
from ess_plugins.workers.node.place import State
from ess_plugins.workers.turns import turn

ROLES = ("scheduler", "worker")
START_S = 60.0
END_S = 5.0  # a Dask worker that is told to end together with its scheduler may wait for it
BUSY_S = 120.0
_POLL_S = 0.05
_LOG_BYTES = 10 << 20


def up(order: Mapping[str, Any]) -> dict[str, Any]:
    """Let ``order["role"]`` run as ordered; return where it listens.

    What runs as ordered already is left alone. What runs for another bundle, authority or scheduler is ended
    first. Raises EssError where it does not start, with the last line of its log.
    """
    _keep_keys(order["tls"])
    with _alone():
        state = _running(order)
        if order["role"] == "worker":
            _end_former_scheduler(order["scheduler"])
        if state is None:
            _end(order["role"])
            state = _start(order)
    _sweep(order["digest"])
    return {"listens": state.listens, "dashboard": state.dashboard, "engine": state.engine}


def down(_order: Mapping[str, Any]) -> None:
    """End what runs here, and drop the keys."""
    with _alone():
        for role in reversed(ROLES):
            _end(role)
        shutil.rmtree(place.TLS, ignore_errors=True)


def has_other(order: Mapping[str, Any]) -> bool:
    """Whether an engine of another authority runs here: somebody else's, or that of another ESS_HOME."""
    states = [state for role in ROLES if (state := place.read(role)) and state.is_alive()]
    return any(state.ca != order["ca"] for state in states)


def _running(order: Mapping[str, Any]) -> State | None:
    if has_other(order) and not order["replace"]:
        raise EssError(
            "an engine runs there that this ESS_HOME has no keys of",
            "`ess cluster prepare` ends it and starts this one's",
        )
    state = place.read(order["role"])
    if state is None or not (state.is_alive() and state.listens):
        return None
    names = [name for name in ("digest", "ca", "scheduler", "engine") if name in order]
    return state if all(getattr(state, name) == order[name] for name in names) else None


def _start(order: Mapping[str, Any]) -> State:
    role = order["role"]
    with _log(role).open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", __package__, role],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=_work_folder(),
            start_new_session=True,
        )
        assert child.stdin
        with child.stdin as stdin:
            stdin.write(json.dumps({name: order[name] for name in order if name != "tls"}).encode())
    deadline = time.monotonic() + START_S
    while child.poll() is None and time.monotonic() < deadline:
        state = place.read(role)
        if state and state.pid == child.pid and state.listens:
            return state
        time.sleep(_POLL_S)
    kill_session(child.pid)
    raise EssError(f"the {role} did not start: {_last_words(role)}", f"the whole log is {_log(role)} there")


def _end_former_scheduler(scheduler: str) -> None:
    """End one that ran here before another node had to take over."""
    state = place.read("scheduler")
    if state and state.listens != scheduler:
        _end("scheduler")


def _end(role: str) -> None:
    """End a process with all that it started; one that was told to and does not is killed."""
    state = place.read(role)
    if state and state.is_alive():
        os.kill(state.pid, signal.SIGTERM)
        deadline = time.monotonic() + END_S
        while state.is_alive() and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        if state.is_alive():
            kill_session(state.pid)
    place.state_file(role).unlink(missing_ok=True)


def _keep_keys(tls: Mapping[str, str] | None) -> None:
    if tls is None:
        return
    place.TLS.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in tls.items():
        home.write_private(place.TLS / name, text)


def _alone() -> AbstractContextManager[None]:
    """Keep other ``up`` and ``down`` of this node waiting."""
    return turn(place.ROOT / "run.lock", BUSY_S, "another ess is starting the engine there")


def _work_folder() -> Path:
    place.WORK.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place.WORK


def _log(role: str) -> Path:
    place.LOGS.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place.LOGS / f"{role}.log"
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path


def _last_words(role: str) -> str:
    lines = _log(role).read_text("utf-8", "replace").splitlines()
    said = [line.strip() for line in lines if line.strip() and not line.startswith("ess:")]
    return (said or ["it said nothing"])[-1][:300]


def _sweep(digest: str) -> None:
    """Remove the environments of other bundles, but for those that a process still runs from."""
    used = {state.digest for role in ROLES if (state := place.read(role)) and state.is_alive()}
    for path in place.ROOT.iterdir():
        if (path / "pyvenv.cfg").exists() and path.name not in used | {digest}:
            shutil.rmtree(path, ignore_errors=True)
