"""`ess instance ec2 list`."""

import argparse
from collections.abc import Iterable

from ess_core.host.command import Lister
from ess_plugins.ec2 import instances
from ess_plugins.ec2.commands.common import COLUMNS, Row, add_cluster, row
from ess_plugins.ec2.provider import Provider, cluster_of

OWNED = ("cluster", "owner")


class List(Lister):
    """Show the workers of this cluster."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        add_cluster(parser)
        parser.add_argument(
            "--all",
            action="store_true",
            help="every ess worker of the account in this region, whoever owns it",
        )

    def take_action(self, args: argparse.Namespace) -> tuple[Row, Iterable[Row]]:
        if args.all:
            found = [one for one in instances.of_account(self.cloud.client("ec2")) if not one.ended]
            return COLUMNS + OWNED, [(*row(one), one.cluster, one.owner) for one in found]
        provider = Provider(self.conf, self.cloud, cluster_of(self.conf, args.cluster))
        found = provider.instances()
        if not found:
            which = (
                f"cluster {provider.cluster}"
                if provider.cluster
                else "this folder's cluster, not started yet,"
            )
            self.say(f"{which} has no workers in {self.cloud.region}")
        return COLUMNS, [row(one) for one in found]
