"""From a node that can be logged in to, to one where the engine can be started: Python and packages."""

import asyncio
import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ess_core.errors import EssError
from ess_core.nodes.worker import Worker
from ess_plugins.workers import bundle
from ess_plugins.workers.bundle import Bundle

if TYPE_CHECKING:
    import asyncssh

ROOT = ".ess/node"
PROBE_S = 900.0
"""How long looking for Python may take: it may be built from packages."""

INSTALL_S = 900.0
CONTROL_S = 180.0
_TOLD = re.compile(r"^ess:(\w+) ?(.*)$", re.MULTILINE)

Step = Callable[[str], None]
"""Is told what a node is being done now."""


@dataclass(frozen=True)
class Prepared:
    """A node where the engine can be started; ``address`` is where other nodes reach it.

    ``keys_for`` says which authority's key it has for which address, as ``up`` notes it there.
    """

    worker: Worker
    address: str
    keys_for: str
    was_ready: bool


@dataclass(frozen=True)
class Load:
    """A bundle as files: built when the first node needs them, once for all nodes."""

    bundle: Bundle

    @cached_property
    def pip(self) -> Path:
        """pip's own wheel."""
        return bundle.pip_wheel()

    @cached_property
    def local(self) -> dict[Path, str]:
        """What is always pushed, with SHA-256."""
        bundle.sweep()
        return _digests([self.pip, *self.bundle.local_wheels()])

    @cached_property
    def all(self) -> dict[Path, str]:
        """Everything, with SHA-256."""
        return self.local | _digests(self.bundle.public_wheels())


class Bootstrap:
    """Prepares nodes for one bundle, over connections that are open."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._bundle = load.bundle
        self._building = asyncio.Lock()

    async def prepare(
        self, worker: Worker, connection: "asyncssh.SSHClientConnection", step: Step
    ) -> Prepared:
        """Bring what is missing. Raises EssError where the node cannot be made ready, saying why."""
        told = await self._probe(connection)
        ready = Prepared(
            worker, _address(worker, told.get("address", "")), told.get("keys", ""), was_ready=True
        )
        if told.get("ready") == "yes":
            return ready
        if "python" not in told:
            raise _no_python(self._bundle, told)
        if told.get("platform") == bundle.platform():
            wheels = await self._wheels(lambda: self._load.all)
            if not await self._install(worker, connection, told["python"], wheels, None, step):
                return replace(ready, was_ready=False)
        wheels = await self._wheels(lambda: self._load.local)
        if failed := await self._install(worker, connection, told["python"], wheels, self._bundle.pins, step):
            raise EssError(f"the packages cannot be installed there: {failed}")
        return replace(ready, was_ready=False)

    async def _wheels(self, built: Callable[[], dict[Path, str]]) -> dict[Path, str]:
        """What the first node that needs them builds, while others are still looked at."""
        async with self._building:
            return await asyncio.to_thread(built)

    async def _probe(self, connection: "asyncssh.SSHClientConnection") -> dict[str, str]:
        words = ("sh", "-s", "--", self._bundle.digest, self._bundle.python)
        return dict(_TOLD.findall(await _output(connection, words, _resource("find_python.sh"), PROBE_S)))

    async def _install(
        self,
        worker: Worker,
        connection: "asyncssh.SSHClientConnection",
        python: str,
        wheels: Mapping[Path, str],
        pins: Sequence[str] | None,
        step: Step,
    ) -> str:
        """Push what is missing of the wheels and install; why that failed, or nothing."""
        order: dict[str, Any] = {
            "digest": self._bundle.digest,
            "pip": self._load.pip.name,
            "pins": pins,
            "wheels": {path.name: digest for path, digest in wheels.items()},
        }
        missing = await _installer(connection, python, {**order, "do": "missing"})
        await _push(worker, [path for path in wheels if path.name in missing], step)
        step("installing")
        return str((await _installer(connection, python, {**order, "do": "install"}))["error"])


async def control(
    connection: "asyncssh.SSHClientConnection",
    digest: str,
    do: str,
    order: Mapping[str, Any],
    timeout_s: float = CONTROL_S,
) -> dict[str, Any]:
    """Let ``ess_plugins.workers.node`` do something on a node that is prepared for ``digest``.

    What it needs to know goes through stdin, so that no key is seen in a list of processes.
    """
    words = (f"{ROOT}/{digest}/bin/python", "-P", "-m", "ess_plugins.workers.node", do)
    answer: dict[str, Any] = _answer(await _output(connection, words, json.dumps(order), timeout_s))
    if answer.get("error"):
        raise EssError(answer["error"], answer.get("hint", ""))
    return answer


async def _installer(
    connection: "asyncssh.SSHClientConnection", python: str, order: Mapping[str, Any]
) -> Any:
    words = (python, "-I", "-", json.dumps(order))
    return _answer(await _output(connection, words, _resource("install.py"), INSTALL_S))


async def _push(worker: Worker, paths: Sequence[Path], step: Step) -> None:
    """Send files: what is cut off is continued, and is not taken for whole."""
    from ess_plugins.workers.files.local import collect
    from ess_plugins.workers.files.pushing import Push

    if paths:
        load = collect([str(path) for path in paths])
        step(f"sending {load.size / 1e6:.0f} MB")
        await Push(load, f"{ROOT}/wheels", lambda _sent: None).to(worker)


async def _output(
    connection: "asyncssh.SSHClientConnection", words: Sequence[str], given: str, timeout_s: float
) -> str:
    import asyncssh

    what = " ".join(words[:2])
    try:
        done = await connection.run(shlex.join(words), input=given, errors="replace", timeout=timeout_s)
    except asyncssh.TimeoutError as error:
        raise EssError(f"`{what} …` did not end there within {timeout_s:.0f} s") from error
    except (asyncssh.Error, OSError) as error:
        raise EssError(f"the connection broke: {error}") from error
    if done.exit_status:
        lines = str(done.stderr).split("\n") if done.stderr else []
        last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
        raise EssError(f"`{what} …` failed there: {last[:300]}")
    return str(done.stdout)


def _answer(output: str) -> Any:
    told = dict(_TOLD.findall(output))
    try:
        return json.loads(told["answer"])
    except (KeyError, ValueError) as error:
        raise EssError(f"its answer cannot be read: {output.strip()[-200:]!r}") from error


def _address(worker: Worker, told: str) -> str:
    """Where other nodes reach it. Raises EssError for an address that the internet reaches too."""
    for candidate in (worker.private_ip, told, worker.login.host if worker.login else ""):
        try:
            address = ip_address(candidate)
        except ValueError:
            continue
        if address.is_global:
            raise EssError(
                f"its address {address} is public, and the engine listens on private ones only",
                "name a host by the address that it has in its own network",
            )
        return str(address)
    raise EssError("it does not say what its private address is", "name the host by its private address")


def _no_python(wanted: Bundle, told: Mapping[str, str]) -> EssError:
    tried = told.get("tried", "")
    return EssError(
        f"there is no Python {wanted.python} there, and it could not be installed"
        + (f": {tried}" if tried else ""),
        f"install python{wanted.python} there; what was tried is in ~/{ROOT}/log/python.log of the node",
    )


def _resource(name: str) -> str:
    return files("ess_plugins.workers.node").joinpath(name).read_text("utf-8")


def _digests(paths: Sequence[Path]) -> dict[Path, str]:
    return {path: sha256(path.read_bytes()).hexdigest() for path in paths}
