"""Where work runs: on this machine, on hosts of one's own, or on the cluster of a provider."""

import argparse
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ess_core.errors import NothingMatchedError, PartlyDoneError
from ess_core.host.arguments import seconds
from ess_core.host.command import BaseCommand, Lister
from ess_core.host.commands.cells import Share, Span
from ess_core.nodes import active
from ess_core.nodes.active import Active
from ess_core.nodes.hosts import parse_host
from ess_core.nodes.local import PROVIDER, THIS_MACHINE, LocalProvider
from ess_core.nodes.status import NodeStatus, ask
from ess_core.nodes.worker import Worker, WorkerProvider
from ess_core.registry import REGISTRY, Kind

TIMEOUT_S = 5.0


class Local(BaseCommand):
    """Run work on this machine only, or on the given hosts."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the hosts."""
        parser.add_argument(
            "hosts",
            nargs="*",
            metavar="HOST",
            help="user@host:port, where user and port may be left out; an IPv6 address in brackets",
        )

    def take_action(self, args: Namespace) -> None:
        """Check how each host is written, then keep the choice; no host is contacted."""
        hosts = tuple(dict.fromkeys(args.hosts))
        for host in hosts:
            parse_host(host)
        active.write(Active(hosts=hosts))
        self.say(f"work runs on {', '.join(hosts) or THIS_MACHINE.id}")


class Status(Lister):
    """Show where work runs now and how each node is."""

    columns = ("node", "state", "address", "load", "memory", "disk", "uptime", "problem")

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add how long to wait."""
        parser.add_argument(
            "--timeout",
            type=seconds,
            default=TIMEOUT_S,
            metavar="SECONDS",
            help="how long a node may take to answer (default: %(default)g)",
        )

    def take_action(self, args: Namespace) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        """Ask all nodes at once."""
        chosen = active.read()
        workers = self._provider(chosen.provider).workers()
        if not workers:
            raise NothingMatchedError(
                f"the active cluster of {chosen.provider} has no nodes",
                "`ess instance local` chooses this machine",
            )
        self.say(f"work runs on {_where(chosen, workers)}")
        return self.columns, _rows(ask(workers, args.timeout))

    def _provider(self, name: str) -> WorkerProvider:
        """The provider of workers; this machine needs neither a configuration nor AWS."""
        if name == PROVIDER:
            return LocalProvider()
        provider: WorkerProvider = REGISTRY.load(Kind.WORKER_PROVIDER, name)(self.conf, self.cloud)
        return provider


def _where(chosen: Active, workers: list[Worker]) -> str:
    if workers == [THIS_MACHINE]:
        return THIS_MACHINE.id
    what = "host" if chosen.provider == PROVIDER else f"{chosen.provider} node"
    cluster = f" of cluster {chosen.cluster}" if chosen.cluster else ""
    return f"{len(workers)} {what}{'s' if len(workers) > 1 else ''}{cluster}"


def _rows(statuses: list[NodeStatus]) -> Iterator[tuple[Any, ...]]:
    """One row a node; raises PartlyDoneError at the end where some did not answer."""
    for status in statuses:
        yield _row(status)
    missing = [status.worker.id for status in statuses if status.problem]
    if missing:
        raise PartlyDoneError(f"{len(missing)} of {len(statuses)} nodes did not answer: {', '.join(missing)}")


def _row(status: NodeStatus) -> tuple[Any, ...]:
    worker, figures = status.worker, status.figures
    address = worker.login.address if worker.login else ""
    if figures is None:
        return worker.id, worker.state, address, None, None, None, None, status.problem
    cells = Share(figures.memory), Share(figures.disk), Span(figures.uptime_s)
    return worker.id, worker.state, address, figures.load, *cells, status.problem
