"""Waiting until workers can be logged in to: one batched question a second, one login each."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ess_core.cloud import in_thread
from ess_core.errors import EssError
from ess_core.nodes.worker import Login
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.report import Report
from ess_plugins.ec2.settings import Ec2Settings

POLL_S = 1.0
CALM_POLL_S = 5.0  # once every instance has an address, a poll only notices that one has ended
SPARE_S = 1.0  # a login that fails has the last word, not the clock


@dataclass
class Readiness:
    """Where each instance stands; ``problems`` has those that will not become ready."""

    instances: dict[str, Instance] = field(default_factory=dict)
    ready: set[str] = field(default_factory=set)
    problems: dict[str, EssError] = field(default_factory=dict)

    def workers(self) -> list[Instance]:
        """Those that can be logged in to."""
        return [instance for name, instance in self.instances.items() if name in self.ready]

    def has_ended(self, name: str) -> bool:
        """True where it has ended meanwhile."""
        return name in self.instances and self.instances[name].ended


class Watch:
    """Polls instances and logs in to each as soon as it has an address."""

    def __init__(
        self,
        ask: Callable[[], list[Instance]],
        ids: Sequence[str],
        settings: Ec2Settings,
        known_hosts: Path,
        report: Report,
        timeout_s: float,
    ) -> None:
        """``ask`` returns what EC2 shows of ``ids``, and may show others too."""
        self._ask = ask
        self._ids = ids
        self._settings = settings
        self._known_hosts = known_hosts
        self._report = report
        self._deadline = time.monotonic() + timeout_s
        self._wanted = set(ids)
        self._logins: dict[str, asyncio.Task[None]] = {}
        self._news = asyncio.Event()
        self._readiness = Readiness()

    async def wait(self) -> Readiness:
        """Return when every instance is ready or has a problem, or when the time is over."""
        polling = self._task(self._poll())
        try:
            async with asyncio.timeout(self._left_s()):
                while self._open():
                    await self._hear(polling)
        except TimeoutError:
            self._give_up()
        finally:
            for task in (polling, *self._logins.values()):
                task.cancel()
        return self._readiness

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        task.add_done_callback(lambda _task: self._news.set())
        return task

    async def _hear(self, polling: asyncio.Task[None]) -> None:
        """Wait for news, and note how logins ended. Raises what made the polling fail."""
        await self._news.wait()
        self._news.clear()
        if polling.done():
            polling.result()
        for name, login in self._logins.items():
            if login.done() and name not in self._readiness.problems:
                self._note(name, login.exception())
        running = sum(one.state == "running" for one in self._readiness.instances.values())
        self._report.count("running", running, len(self._wanted))
        self._report.count("logged in to", len(self._readiness.ready), len(self._wanted))

    async def _poll(self) -> None:
        while True:
            asked = time.monotonic()
            for instance in await in_thread(self._ask):
                if instance.id in self._wanted:
                    self._see(instance)
            self._news.set()
            pause_s = CALM_POLL_S if self._logins.keys() >= set(self._open()) else POLL_S
            await asyncio.sleep(asked + pause_s - time.monotonic())

    def _see(self, instance: Instance) -> None:
        self._readiness.instances[instance.id] = instance
        login = self._logins.get(instance.id)
        if instance.ended:
            why = instance.state_reason or instance.state
            self._readiness.problems[instance.id] = EssError(f"{instance.id} has ended: {why}")
            self._readiness.ready.discard(instance.id)
            if login:
                login.cancel()
        elif login is None and (how := self._how(instance)):
            self._logins[instance.id] = self._task(self._log_in(how))

    def _how(self, instance: Instance) -> Login | None:
        return instance.login(self._settings, self._settings.pem, self._known_hosts)

    async def _log_in(self, login: Login) -> None:
        from ess_core.nodes import ssh  # asyncssh is slow to import; here it loads while EC2 boots

        await ssh.await_login(login, max(self._left_s() - SPARE_S, 0.1))

    def _note(self, name: str, failure: BaseException | None) -> None:
        if failure is None:
            self._readiness.ready.add(name)
        elif isinstance(failure, EssError):
            self._readiness.problems[name] = failure
        else:
            raise failure

    def _give_up(self) -> None:
        """Name what did not become ready in time."""
        for name in self._open():
            seen = self._readiness.instances.get(name)
            state = f"still {seen.state}" if seen else "not shown by EC2 yet"
            self._readiness.problems[name] = EssError(f"{name} is not ready in time: {state}")

    def _open(self) -> list[str]:
        settled = self._readiness.ready | self._readiness.problems.keys()
        return [name for name in self._ids if name not in settled]

    def _left_s(self) -> float:
        return self._deadline - time.monotonic()
