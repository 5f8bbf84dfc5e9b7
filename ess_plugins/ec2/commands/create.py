"""`ess instance ec2 create`."""

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ess_core import interrupts
from ess_core.errors import PartlyDoneError, UsageError
from ess_core.host.command import Lister
from ess_core.host.progress import Progress
from ess_core.nodes import active, events
from ess_core.nodes.events import Change
from ess_plugins.ec2 import create, identity, settings
from ess_plugins.ec2.commands.common import (
    COLUMNS,
    Row,
    add_cluster,
    add_timeout,
    count,
    lifetime,
    row,
    words,
)
from ess_plugins.ec2.plan import Plan
from ess_plugins.ec2.provider import cluster_of
from ess_plugins.ec2.settings import Ec2Settings

PLANNED = ("number", "type", "image", "key_name", "security_groups", "subnets")
NO_TTL = "these workers run until you end them; `ttl: 24h` in instance.conf or --ttl 24h ends them by itself"


class Create(Lister):
    """Launch workers and wait until each can be logged in to."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--number", type=count, metavar="N", help="how many (default: instance_count)")
        parser.add_argument(
            "--type", type=words, metavar="T[,T…]", help="types to try in turn (default: instance_type)"
        )
        parser.add_argument(
            "--spot",
            action=argparse.BooleanOptionalAction,
            help="whether to launch spot instances (default: spot)",
        )
        parser.add_argument(
            "--ttl", type=lifetime, metavar="TIME", help="such as 8h: end by themselves then (default: ttl)"
        )
        add_cluster(parser)
        parser.add_argument("--add", action="store_true", help="add workers to a cluster that runs already")
        parser.add_argument("--min", type=count, metavar="K", help="be content with K of them")
        parser.add_argument("--dry-run", action="store_true", help="check everything, launch nothing")
        parser.add_argument(
            "--no-wait",
            dest="wait",
            action="store_false",
            help="return as soon as EC2 has accepted the launch",
        )
        add_timeout(parser, 600.0)
        parser.add_argument("--yes", action="store_true", help="allow more than max_instances")
        parser.add_argument(
            "--keep", action="store_true", help="after a failure, leave running what was launched"
        )

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Let no signal come between the launch and the rows that name its workers."""
        self.columns = PLANNED if parsed_args.dry_run else COLUMNS
        with interrupts.once() as self._signals:
            code = super().run(parsed_args)
            self.app.stdout.flush()
            return code

    def take_action(self, args: argparse.Namespace) -> tuple[Row, Iterable[Row]]:
        chosen = settings.read_for_launch(self.conf)
        chosen = replace(
            chosen,
            instance_types=args.type or chosen.instance_types,
            spot=chosen.spot if args.spot is None else args.spot,
            ttl=args.ttl or chosen.ttl,
        )
        name = cluster_of(self.conf, args.cluster)
        if not name and not args.dry_run:
            name = identity.new_cluster_name(self.conf.require())
        order = self._order(args, chosen, name)
        self._say_where(order)
        if chosen.ttl is None:
            self.warn(NO_TTL)
        with Progress(self) as report:
            creation = create.Creation(self.cloud, self._where(args), chosen, order, report)
            if args.dry_run:
                return PLANNED, [_planned(creation.plan())]
            created = creation.run(self._signals, lambda created: self._started(created, order, chosen, args))
        return COLUMNS, self._rows(created, order)

    def _started(
        self, created: create.Created, order: create.Order, chosen: Ec2Settings, args: argparse.Namespace
    ) -> None:
        active.write(active.Active("ec2", cluster=order.cluster))
        known_hosts = created.kept.known_hosts
        workers = [one.worker(one.login(chosen, chosen.pem, known_hosts)) for one in created.workers]
        self._failed = events.fire(
            "started", Change("ec2", order.cluster, workers, self.say, options=vars(args))
        )

    def _rows(self, created: create.Created, order: create.Order) -> Iterator[Row]:
        yield from (row(instance) for instance in created.workers)
        if created.problems:
            reasons = "; ".join(problem.message for problem in created.problems)
            raise PartlyDoneError(f"{len(created.workers)} of {order.number} workers: {reasons}")
        for error in self._failed:
            if isinstance(error, PartlyDoneError):
                raise error

    def _say_where(self, order: create.Order) -> None:
        cloud = self.cloud
        self.say(
            f"cluster {order.cluster or '(new)'} in {cloud.region} ({cloud.region_origin}), "
            f"endpoint {cloud.client('ec2').meta.endpoint_url}, {self.conf.path}"
        )

    def _where(self, args: argparse.Namespace) -> Callable[[str], str]:
        """Say where a value of [EC2] came from, for an error about it."""
        given = {"instance_type": "--type"} if args.type else {}
        return lambda key: given.get(key) or self.conf.where("EC2", key)

    def _order(self, args: argparse.Namespace, chosen: Ec2Settings, cluster: str) -> create.Order:
        number = args.number or chosen.instance_count
        if number > chosen.max_instances and not args.yes:
            raise UsageError(
                f"{number} workers are more than max_instances ({chosen.max_instances})",
                "--yes launches them all the same",
            )
        if args.min and args.min > number:
            raise UsageError(f"--min {args.min} is more than the {number} workers asked for")
        return create.Order(number, args.min or number, cluster, args.add, args.keep, args.wait, args.timeout)


def _planned(plan: Plan) -> Row:
    types = dict.fromkeys(place.instance_type for place in plan.places)
    first, *others = dict.fromkeys(place.subnet_id for place in plan.places)
    subnets = f"{first} or {len(others)} others" if others else first
    groups, image = " ".join(plan.group_ids), plan.places[0].image_id
    return plan.number, " or ".join(types), image, plan.key_name, groups, subnets
