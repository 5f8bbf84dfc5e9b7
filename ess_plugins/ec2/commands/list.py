"""`ess instance ec2 list`."""

import argparse
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from ess_core.cloud import explain
from ess_core.errors import PartlyDoneError
from ess_core.host.command import Lister
from ess_core.host.commands.cells import Span
from ess_plugins.ec2 import instances, regions
from ess_plugins.ec2.commands.common import COLUMNS, Row, add_cluster, row
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.provider import cluster_of

LIFE = ("age", "lifecycle", "expires")
OWNED = ("cluster", "owner")
PLACED = ("region",)


class List(Lister):
    """Show the workers of this cluster."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        add_cluster(parser)
        parser.add_argument(
            "--all", action="store_true", help="every ess worker of the account, whoever owns it"
        )
        parser.add_argument(
            "--all-regions", action="store_true", help="in every region that the account may use"
        )

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Settle the columns before the work starts."""
        self.columns = (*COLUMNS, *LIFE, *OWNED * parsed_args.all, *PLACED * parsed_args.all_regions)
        return super().run(parsed_args)

    def take_action(self, args: argparse.Namespace) -> tuple[Row, Iterable[Row]]:
        cluster = "" if args.all else cluster_of(self.conf, args.cluster)
        answers = self._ask(args, cluster) if args.all or cluster else {}
        if not any(answers.values()):
            whose = "this account" if args.all else f"cluster {cluster}"
            which = whose if args.all or cluster else "this folder's cluster, not started yet,"
            where = "any region" if args.all_regions else self.cloud.region
            self.say(f"{which} has no workers in {where}")
        return self.columns, self._rows(args, answers)

    def _ask(self, args: argparse.Namespace, cluster: str) -> Mapping[str, list[Instance] | Exception]:
        """The instances of each region asked, or why it did not answer."""
        ask = instances.alive_of_account if args.all else lambda ec2: instances.of_cluster(ec2, cluster)
        if args.all_regions:
            return regions.everywhere(self.cloud, ask)
        return {self.cloud.region: ask(self.cloud.client("ec2"))}

    def _rows(
        self, args: argparse.Namespace, answers: Mapping[str, list[Instance] | Exception]
    ) -> Iterator[Row]:
        failures: dict[str, Exception] = {}
        for region, answer in answers.items():
            if isinstance(answer, Exception):
                failures[region] = answer
                continue
            for one in answer:
                owned = (one.cluster, one.owner) * args.all
                yield (*row(one), *_life(one), *owned, *(region,) * args.all_regions)
        if failures:
            raise _partly(failures, len(answers))


def _life(one: Instance) -> Row:
    age_s = int((datetime.now(UTC) - one.launched_at).total_seconds())
    return Span(max(0, age_s)), one.lifecycle, one.expires


def _partly(failures: Mapping[str, Exception], asked: int) -> PartlyDoneError:
    first = explain(next(iter(failures.values())))
    return PartlyDoneError(
        f"{len(failures)} of {asked} regions did not answer: {', '.join(failures)}: {first.message}",
        first.hint,
    )
