"""`ess instance ec2 start`."""

import argparse
from collections.abc import Iterable, Iterator, Sequence

from ess_core.errors import EssError, NothingMatchedError, PartlyDoneError
from ess_core.host.command import Lister
from ess_core.host.progress import Progress
from ess_plugins.ec2 import pem, settings, start
from ess_plugins.ec2.commands.common import (
    COLUMNS,
    Row,
    add_cluster,
    add_timeout,
    add_workers,
    ids_of,
    row,
    use,
)
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.provider import cluster_of
from ess_plugins.ec2.scope import Scope, together


class Start(Lister):
    """Start workers that were stopped, and wait until each can be logged in to again."""

    columns = COLUMNS

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        add_workers(parser)
        add_cluster(parser)
        parser.add_argument(
            "--wait",
            action=argparse.BooleanOptionalAction,
            default=True,
            help="whether to wait until each can be logged in to (default: yes)",
        )
        parser.add_argument(
            "--force", action="store_true", help="start instances of other clusters and owners too"
        )
        add_timeout(parser, 600.0)

    def take_action(self, args: argparse.Namespace) -> tuple[Row, Iterable[Row]]:
        chosen = settings.read(self.conf)
        if args.wait:
            pem.check(chosen.pem)
        scope = Scope(self.cloud, cluster_of(self.conf, args.cluster), self.say)
        found = scope.select(ids_of(args.which), force=args.force, effect="starts")
        if not together(found):
            raise NothingMatchedError(
                "this cluster has no workers", "`ess instance ec2 create` launches some"
            )
        with Progress(self) as report:
            starting = start.Start(scope, chosen, report, args.timeout)
            starting.begin(found)
            up = starting.wait() if args.wait else starting.up
        use(scope, chosen, up, self.say)
        return COLUMNS, _rows(up, len(together(found)), starting.problems)


def _rows(up: Sequence[Instance], wanted: int, problems: Sequence[EssError]) -> Iterator[Row]:
    yield from (row(instance) for instance in up)
    if problems:
        reasons = "; ".join(problem.message for problem in problems)
        raise PartlyDoneError(f"{len(up)} of {wanted} workers: {reasons}")
