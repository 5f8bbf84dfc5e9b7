"""What `existing` and `add` share."""

import argparse
from collections.abc import Iterable, Sequence

from ess_core.host.command import Lister
from ess_core.host.progress import Progress
from ess_plugins.ec2 import identity, pem, records, settings
from ess_plugins.ec2.adopt import Adoption
from ess_plugins.ec2.commands.common import (
    COLUMNS,
    Row,
    add_cluster,
    add_ids,
    add_timeout,
    only_ids,
    row,
    use,
)
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.provider import cluster_of
from ess_plugins.ec2.scope import Scope


class Adopting(Lister):
    """Use running instances as workers."""

    columns = COLUMNS

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        add_ids(parser)
        add_cluster(parser)
        parser.add_argument(
            "--force", action="store_true", help="take over instances of other clusters and owners too"
        )
        add_timeout(parser, 30.0, "wait for the logins")

    def check(self, adoption: Adoption, found: Sequence[Instance]) -> None:
        """Raise EssError where ``found`` cannot become workers of the cluster."""

    def take_action(self, args: argparse.Namespace) -> tuple[Row, Iterable[Row]]:
        names = only_ids(args.which)
        chosen = settings.read(self.conf)
        pem.check(chosen.pem)
        name = cluster_of(self.conf, args.cluster) or identity.new_cluster_name(self.conf.require())
        with records.locked(name), Progress(self) as report:
            scope = Scope(self.cloud, name, self.say)
            adoption = Adoption(scope, chosen)
            found = adoption.find(names, force=args.force)
            self.check(adoption, found)
            adoption.log_in(found, report, args.timeout)
            identity.remember(self.cloud, scope.identity)
            taken = adoption.take(found)
        use(scope, chosen, taken, self.say)
        return COLUMNS, [row(one) for one in taken]
