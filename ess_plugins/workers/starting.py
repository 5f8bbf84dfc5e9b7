"""Preparing the nodes of a cluster, all at once, and starting the engine on them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ess_core.errors import EssError
from ess_core.nodes.worker import Worker
from ess_plugins.workers.bootstrap import Bootstrap, Load, Prepared, control
from ess_plugins.workers.bundle import Bundle
from ess_plugins.workers.cluster import Cluster, Record
from ess_plugins.workers.fanout import Done, each

LOGIN_S = 30.0
CONNECT_S = 10.0
TALKATIVE = 20
"""Up to so many nodes, what each is being done is said."""


class Report(Protocol):
    """Receives what a person would like to know meanwhile."""

    def note(self, text: str) -> None:
        """Something worth one line."""

    def count(self, text: str, done: int, wanted: int | None) -> None:
        """How far the step named ``text`` is."""


@dataclass
class Started:
    """What became of the nodes: the engine runs on those ``prepared``; why it does not on the others."""

    prepared: dict[str, Prepared] = field(default_factory=dict)
    left_out: dict[str, EssError] = field(default_factory=dict)
    record: Record | None = None


class Starting:
    """Brings nodes of a cluster from wherever they are to a running engine."""

    def __init__(self, cluster: Cluster, bundle: Bundle, report: Report, *, replace: bool = False) -> None:
        self._cluster = cluster
        self._bundle = bundle
        self._report = report
        self._replace = replace
        self._authority = cluster.authority()
        self._bootstrap = Bootstrap(Load(bundle))
        self._started = Started()

    async def prepare(self, workers: Sequence[Worker]) -> Started:
        """Bring each node what it needs; nothing is started yet."""
        self._talks = len(workers) <= TALKATIVE
        async for done in each(workers, self._prepare):
            if done.value:
                self._started.prepared[done.worker.id] = done.value
            self._leave_out(done)
            settled = len(self._started.prepared) + len(self._started.left_out)
            self._report.count("prepared", settled, len(workers))
        return self._started

    async def start(self, workers: Sequence[Worker], *, joining: bool = False) -> Started:
        """Start the engine on those that are prepared, the scheduler on the first that can.

        With ``joining`` they join the scheduler there is, which need not be among them.
        """
        able = [self._started.prepared[one.id] for one in workers if one.id in self._started.prepared]
        before = self._cluster.record()
        if joining and before:
            self._started.record = before
            if before.digest != self._bundle.digest:
                return self._started  # the next use starts all of them anew, on what is installed here now
        else:
            self._started.record = await self._start_scheduler(self._in_turn(able, before))
        rest = [one.worker for one in able if one.worker.id not in self._started.left_out]
        async for done in each(rest, self._start_worker):
            self._leave_out(done)
        return self._started

    def _leave_out(self, done: Done[Any]) -> None:
        if done.error:
            self._started.left_out[done.worker.id] = done.error
            self._report.note(f"{done.worker.id} is left out: {done.error.message}")

    async def _prepare(self, worker: Worker) -> Prepared:
        from ess_core.nodes.connection import connected

        assert worker.login
        async with connected(worker.login, LOGIN_S, CONNECT_S) as connection:
            return await self._bootstrap.prepare(worker, connection, lambda step: self._step(worker, step))

    def _step(self, worker: Worker, step: str) -> None:
        if self._talks:
            self._report.note(f"{worker.id}: {step}")

    def _in_turn(self, able: list[Prepared], before: Record | None) -> list[Prepared]:
        """Where the scheduler may run: where it ran, else on the first node."""
        return sorted(able, key=lambda one: before is None or one.worker.id != before.node)

    async def _start_scheduler(self, able: Sequence[Prepared]) -> Record | None:
        for one in able:
            try:
                answer = await self._up(one, {"role": "scheduler"})
            except EssError as error:
                self._leave_out(Done(one.worker, error=error))
            else:
                where, pages, engine = answer["listens"], answer["dashboard"], answer["engine"]
                record = Record(one.worker.id, where, pages, self._bundle.digest, engine)
                self._cluster.keep(record)
                return record
        return None

    async def _start_worker(self, worker: Worker) -> None:
        at = self._started.record
        assert at
        order = {"role": "worker", "scheduler": at.address, "engine": at.engine, "name": worker.id}
        await self._up(self._started.prepared[worker.id], order)

    async def _up(self, one: Prepared, order: dict[str, Any]) -> dict[str, Any]:
        from ess_core.nodes.connection import connected

        assert one.worker.login
        whole = {
            **order,
            "address": one.address,
            "digest": self._bundle.digest,
            "ca": self._authority.fingerprint,
            "replace": self._replace,
            "tls": self._keys(one),
        }
        async with connected(one.worker.login, LOGIN_S, CONNECT_S) as connection:
            return await control(connection, self._bundle.digest, "up", whole)

    def _keys(self, one: Prepared) -> dict[str, str] | None:
        """A new key for a node that has none of this authority for its address."""
        wanted = f"{self._authority.fingerprint} {one.address}"
        if one.keys_for == wanted:
            return None
        pair = self._authority.for_node([one.address])
        ca = self._authority.ca.read_text("utf-8")
        return {"ca.pem": ca, "node-key.pem": pair.key, "node.pem": pair.certificate, "for": f"{wanted}\n"}
