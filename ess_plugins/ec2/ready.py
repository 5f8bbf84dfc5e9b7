"""Waiting until workers can be logged in to: one batched question a second, one login each."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ess_core.cloud import in_thread
from ess_core.errors import EssError
from ess_core.nodes.worker import Login
from ess_plugins.ec2 import instances
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.records import Launch
from ess_plugins.ec2.report import Report
from ess_plugins.ec2.settings import Ec2Settings

POLL_S = 1.0
SPARE_S = 1.0  # a login that fails has the last word, not the clock


@dataclass
class Readiness:
    """Where each instance of a launch stands; ``problems`` has those that will not become ready."""

    instances: dict[str, Instance] = field(default_factory=dict)
    ready: set[str] = field(default_factory=set)
    problems: dict[str, EssError] = field(default_factory=dict)

    def workers(self) -> list[Instance]:
        """Those that can be logged in to."""
        return [instance for name, instance in self.instances.items() if name in self.ready]

    def has_ended(self, name: str) -> bool:
        """True where EC2 has ended it by itself."""
        return name in self.instances and self.instances[name].ended


class Watch:
    """Polls one launch and logs in to each instance as soon as it has an address."""

    def __init__(
        self,
        ec2: Any,
        launch: Launch,
        settings: Ec2Settings,
        known_hosts: Path,
        report: Report,
        timeout_s: float,
    ) -> None:
        self._ec2 = ec2
        self._launch = launch
        self._settings = settings
        self._known_hosts = known_hosts
        self._report = report
        self._deadline = time.monotonic() + timeout_s
        self._logins: dict[str, asyncio.Task[None]] = {}
        self._readiness = Readiness()

    async def wait(self) -> Readiness:
        """Return when every instance is ready or has a problem, or when the time is over."""
        wanted = set(self._launch.instance_ids)
        while self._open(wanted) and self._left_s() > 0:
            asked = time.monotonic()
            if wanted - self._logins.keys() - self._readiness.problems.keys():
                await self._look(wanted)
            await self._settle(min(self._left_s(), asked + POLL_S - time.monotonic()), wanted)
        self._give_up(wanted)
        return self._readiness

    async def _look(self, wanted: Collection[str]) -> None:
        found = await in_thread(lambda: instances.of_launch(self._ec2, self._launch.id))
        for instance in found:
            if instance.id in wanted:
                self._see(instance)

    def _see(self, instance: Instance) -> None:
        self._readiness.instances[instance.id] = instance
        if instance.ended:
            why = instance.state_reason or instance.state
            self._readiness.problems[instance.id] = EssError(f"{instance.id} was ended by EC2: {why}")
        elif instance.id not in self._logins and (login := self._login(instance)):
            self._logins[instance.id] = asyncio.create_task(self._log_in(login))

    def _login(self, instance: Instance) -> Login | None:
        return instance.login(self._settings, self._settings.pem, self._known_hosts)

    async def _log_in(self, login: Login) -> None:
        from ess_core.nodes import ssh  # asyncssh is slow to import; here it loads while EC2 boots

        await ssh.await_login(login, max(self._left_s() - SPARE_S, 0.1))

    async def _settle(self, timeout_s: float, wanted: Collection[str]) -> None:
        """Wait a moment for logins to end, and note how they ended."""
        pending = [task for task in self._logins.values() if not task.done()]
        if pending:
            await asyncio.wait(pending, timeout=max(timeout_s, 0), return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(max(timeout_s, 0))
        for name, task in self._logins.items():
            if task.done():
                self._note(name, task.exception())
        running = sum(one.state == "running" for one in self._readiness.instances.values())
        self._report.count("running", running, len(wanted))
        self._report.count("logged in to", len(self._readiness.ready), len(wanted))

    def _note(self, name: str, failure: BaseException | None) -> None:
        if failure is None:
            self._readiness.ready.add(name)
        elif isinstance(failure, EssError):
            self._readiness.problems[name] = failure
        else:
            raise failure

    def _give_up(self, wanted: Collection[str]) -> None:
        """Name what did not become ready in time."""
        for name in self._open(wanted):
            if task := self._logins.get(name):
                task.cancel()
            seen = self._readiness.instances.get(name)
            state = f"still {seen.state}" if seen else "not shown by EC2 yet"
            self._readiness.problems[name] = EssError(f"{name} is not ready in time: {state}")

    def _open(self, wanted: Collection[str]) -> list[str]:
        settled = self._readiness.ready | self._readiness.problems.keys()
        return [name for name in wanted if name not in settled]

    def _left_s(self) -> float:
        return self._deadline - time.monotonic()
