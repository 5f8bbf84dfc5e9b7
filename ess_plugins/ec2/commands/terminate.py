"""`ess instance ec2 terminate`."""

import argparse
from collections.abc import Sequence

from ess_core.errors import EssError
from ess_core.host.command import BaseCommand
from ess_core.host.progress import Progress
from ess_core.nodes import active, events
from ess_core.nodes.events import Change
from ess_plugins.ec2 import terminate
from ess_plugins.ec2.commands.common import add_cluster, add_timeout, ids_of
from ess_plugins.ec2.instances import Instance, listed, workers
from ess_plugins.ec2.provider import cluster_of


class Terminate(BaseCommand):
    """End workers for good."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("which", nargs="+", metavar="all|ID", help="all, or ids such as i-… and r-…")
        add_cluster(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--wait", action="store_true", help="wait until they are terminated")
        parser.add_argument(
            "--force", action="store_true", help="end instances of other clusters and owners too"
        )
        parser.add_argument("--any-owner", action="store_true", help="with all: whoever owns them")
        add_timeout(parser, 600.0, "--wait")

    def take_action(self, args: argparse.Namespace) -> int:
        names = ids_of(args.which)
        cluster = cluster_of(self.conf, args.cluster)
        termination = terminate.Termination(self.cloud, cluster, self.say)
        target = termination.chosen(names, args.force) if names else termination.everything(args.any_owner)
        if target.instances and not (args.yes or self.ask(_question(target.instances))):
            self.say("nothing was ended")
            return 1
        self._end(termination, target, args)
        self._tell_the_rest(target)
        return 0

    def _end(
        self, termination: terminate.Termination, target: terminate.Target, args: argparse.Namespace
    ) -> None:
        termination.end(target)
        self.app.stdout.writelines(f"{one.id} shutting-down\n" for one in target.instances)
        self.app.stdout.flush()
        self._tidy(termination, target, args)
        if args.wait:
            with Progress(self) as report:
                termination.wait(target, args.timeout, report)

    def _tidy(
        self, termination: terminate.Termination, target: terminate.Target, args: argparse.Namespace
    ) -> None:
        """Bring the local files up to date; they are only a cache, so a failure is a warning."""
        is_over = args.which == ["all"] and not target.adopted
        try:
            termination.forget(target)
            if is_over:
                self._leave(termination.cluster)
        except EssError as error:
            self.warn(error.message)
        gone = [one.worker(None) for one in target.instances]
        events.fire("ended", Change("ec2", termination.cluster, gone, self.say, is_over=is_over))

    def _leave(self, cluster: str) -> None:
        if active.read() == active.Active("ec2", cluster=cluster):
            active.write(active.Active())

    def _tell_the_rest(self, target: terminate.Target) -> None:
        if not target.instances:
            self.say("nothing to end")
        for one in target.ended:
            self.say(f"{one.id} has ended already")
        for one in target.others:
            self.say(f"left alone: {one.id}, which {one.owner} owns; --any-owner ends it too")
        if target.adopted:
            names = " ".join(one.id for one in target.adopted)
            self.say(f"left running, as ess did not launch them: {names}")
            self.say(f"hint: this ends them: ess instance ec2 terminate {names}")
        if target.detached:
            names = " ".join(one.id for one in target.detached)
            self.say(f"you still have workers that were removed from their cluster: {names}")
            self.say(f"hint: this ends them: ess instance ec2 terminate {names} --force")
        for name, number in target.other_clusters.items():
            self.say(f"you still have {workers(number)} in cluster {name}; --cluster {name} ends them")


def _question(doomed: Sequence[Instance]) -> str:
    return f"End {workers(len(doomed))} for good: {listed([one.id for one in doomed])}?"
