"""`ess instance ec2 stop`."""

import argparse
from collections.abc import Sequence

from ess_core.host.command import BaseCommand
from ess_core.host.progress import Progress
from ess_core.nodes import events
from ess_core.nodes.events import Change
from ess_plugins.ec2 import settings, stop, waiting
from ess_plugins.ec2.commands.common import add_cluster, add_timeout, add_workers, ids_of
from ess_plugins.ec2.instances import Instance, listed, workers
from ess_plugins.ec2.provider import cluster_of
from ess_plugins.ec2.scope import Scope, together


class Stop(BaseCommand):
    """Stop workers: they keep their disks, and `start` boots them again."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        add_workers(parser)
        add_cluster(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--wait", action="store_true", help="wait until they are stopped")
        parser.add_argument(
            "--force", action="store_true", help="stop instances of other clusters and owners too"
        )
        add_timeout(parser, 600.0, "--wait")

    def take_action(self, args: argparse.Namespace) -> int:
        scope = Scope(self.cloud, cluster_of(self.conf, args.cluster), self.say)
        found = stop.running(scope.select(ids_of(args.which), force=args.force, effect="stops"))
        chosen = together(found)
        if not chosen:
            self.say("nothing to stop")
            return 0
        if not (args.yes or self.ask(_question(chosen))):
            self.say("nothing was stopped")
            return 1
        leaving = scope.workers(chosen, settings.read(self.conf))
        events.fire("before_remove", Change("ec2", scope.cluster, leaving, self.say))
        states = stop.stop(scope, found)
        self.app.stdout.writelines(f"{name} {state}\n" for name, state in states.items())
        self.app.stdout.flush()
        if args.wait:
            with Progress(self) as report:
                waiting.everywhere(scope.ec2, "stopped", found, args.timeout, report)
        return 0


def _question(chosen: Sequence[Instance]) -> str:
    return f"Stop {workers(len(chosen))}: {listed([one.id for one in chosen])}?"
