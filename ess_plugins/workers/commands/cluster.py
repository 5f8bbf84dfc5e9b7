"""`ess cluster prepare` and `ess cluster dashboard`."""

import argparse
import time
from collections.abc import Iterable, Iterator
from typing import Any

from ess_core.errors import PartlyDoneError
from ess_core.host.command import BaseCommand, Lister
from ess_core.host.progress import Progress
from ess_plugins.workers import bundle, cluster, engine, pages, roster
from ess_plugins.workers.starting import Started

LOOK_S = 3600.0


class Prepare(Lister):
    """Bring every worker what work needs there, and start the engine on them."""

    columns = ("node", "state", "address", "problem")

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add what to do about a worker with which it does not work."""
        parser.add_argument(
            "--all-or-nothing",
            action="store_true",
            help="start nothing where a worker cannot be prepared",
        )

    def take_action(self, args: argparse.Namespace) -> tuple[tuple[str, ...], Iterable[tuple[Any, ...]]]:
        """Prepare all at once; a worker that is ready and runs is left alone."""
        workers = roster.workers_of(self.conf, self.cloud)
        with Progress(self) as report:
            started = engine.bring_up(
                cluster.current(),
                bundle.current(),
                workers,
                report,
                all_or_nothing=args.all_or_nothing,
                replace=True,
            )
        return self.columns, _rows([one.id for one in workers], started)


class Dashboard(BaseCommand):
    """Open a way to the engine's pages on this machine, and hold it until Ctrl-C."""

    def take_action(self, _args: argparse.Namespace) -> None:
        """Print the address to open in a browser, then wait."""
        with pages.opened(roster.workers_of(self.conf, self.cloud), cluster.current()) as url:
            self.app.stdout.write(f"{url}\n")
            self.app.stdout.flush()
            self.say("Ctrl-C closes it")
            while True:
                time.sleep(LOOK_S)


def _rows(names: list[str], started: Started) -> Iterator[tuple[Any, ...]]:
    """One row a worker; raises PartlyDoneError at the end where some are left out."""
    for name in names:
        if error := started.left_out.get(name):
            yield name, "left out", "", "; ".join(filter(None, (error.message, error.hint)))
        else:
            one = started.prepared[name]
            yield name, "ready" if one.was_ready else "prepared", one.address, ""
    if started.left_out:
        left_out = ", ".join(started.left_out)
        raise PartlyDoneError(f"{len(started.left_out)} of {len(names)} workers are left out: {left_out}")
