"""`ess instance ec2 remove`."""

import argparse

from ess_core.nodes import events
from ess_core.nodes.events import Change
from ess_plugins.ec2 import detach, settings, terminate
from ess_plugins.ec2.commands.common import add_cluster, add_ids, add_timeout, only_ids
from ess_plugins.ec2.commands.terminate import Terminate
from ess_plugins.ec2.provider import cluster_of
from ess_plugins.ec2.scope import Scope, together


class Remove(Terminate):
    """Take workers out of the cluster; they run on, unless they are to be ended."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        add_ids(parser)
        add_cluster(parser)
        parser.add_argument(
            "--force", action="store_true", help="remove instances of other clusters and owners too"
        )
        parser.add_argument("--terminate", action="store_true", help="end them for good")
        parser.add_argument("--yes", action="store_true", help="with --terminate: do not ask")
        parser.add_argument("--wait", action="store_true", help="with --terminate: wait until they are")
        add_timeout(parser, 600.0, "--wait")

    def take_action(self, args: argparse.Namespace) -> int:
        names = only_ids(args.which)
        if args.terminate:
            return super().take_action(args)
        scope = Scope(self.cloud, cluster_of(self.conf, args.cluster), self.say)
        found = scope.select(names, force=args.force, effect="removes")
        leaving = scope.workers(together(found), settings.read(self.conf))
        events.fire("before_remove", Change("ec2", scope.cluster, leaving, self.say))
        detach.detach(scope, found)
        self.app.stdout.writelines(f"{one.id} detached\n" for one in together(found))
        self._tell_how_to_end([one.id for one in together(found) if one.launch])
        return 0

    def _end(
        self, termination: terminate.Termination, target: terminate.Target, args: argparse.Namespace
    ) -> None:
        leaving = termination.scope.workers(target.instances, settings.read(self.conf))
        events.fire("before_remove", Change("ec2", termination.cluster, leaving, self.say))
        super()._end(termination, target, args)

    def _tell_how_to_end(self, launched: list[str]) -> None:
        """What ess launched is still its user's to end."""
        if launched:
            names = " ".join(launched)
            self.say(f"still yours, and to be paid for: {names}")
            self.say(f"hint: this ends them: ess instance ec2 terminate {names} --force")
