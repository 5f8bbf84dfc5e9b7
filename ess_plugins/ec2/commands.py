"""`ess instance ec2 …`: arguments and output."""

import argparse
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ess_core.errors import NothingMatchedError, PartlyDoneError, UsageError
from ess_core.host.command import BaseCommand, Lister
from ess_core.host.progress import Progress
from ess_core.nodes import active, events
from ess_core.nodes.worker import Worker
from ess_plugins.ec2 import create, identity, instances, settings, terminate
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.plan import Plan
from ess_plugins.ec2.provider import Provider, cluster_of
from ess_plugins.ec2.settings import Ec2Settings

COLUMNS = ("id", "type", "state", "zone", "private_ip", "public_ip", "reservation_id")
OWNED = ("cluster", "owner")
LONGEST_WAIT_S = 24 * 3600
Row = Sequence[Any]


class Create(Lister):
    """Launch workers and wait until each can be logged in to."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--number", type=_count, metavar="N", help="how many (default: instance_count)")
        parser.add_argument("--type", metavar="T", help="instance type (default: instance_type)")
        _add_cluster(parser)
        parser.add_argument("--add", action="store_true", help="add workers to a cluster that runs already")
        parser.add_argument("--min", type=_count, metavar="K", help="be content with K of them")
        parser.add_argument("--dry-run", action="store_true", help="check everything, launch nothing")
        parser.add_argument(
            "--no-wait",
            dest="wait",
            action="store_false",
            help="return as soon as EC2 has accepted the launch",
        )
        parser.add_argument(
            "--timeout",
            type=_seconds,
            default=600.0,
            metavar="S",
            help="longest wait, in seconds (default: 600)",
        )
        parser.add_argument("--yes", action="store_true", help="allow more than max_instances")
        parser.add_argument(
            "--keep", action="store_true", help="after a failure, leave running what was launched"
        )

    def take_action(self, args: argparse.Namespace) -> tuple[Row, Iterable[Row]]:
        chosen = settings.read_for_launch(self.conf)
        chosen = replace(chosen, instance_type=args.type or chosen.instance_type)
        name = cluster_of(self.conf, args.cluster)
        if not name and not args.dry_run:
            name = identity.new_cluster_name(self.conf.require())
        order = self._order(args, chosen, name)
        self._say_where(order)
        with Progress(self) as report:
            creation = create.Creation(self.cloud, self._where(args), chosen, order, report)
            if args.dry_run:
                return _planned(creation.plan())
            created = creation.run()
        workers = [_worker(instance, chosen, created) for instance in created.workers]
        active.write(active.Active("ec2", cluster=order.cluster))
        events.fire("started", workers, self.say)
        return COLUMNS, _created_rows(created)

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


class List(Lister):
    """Show the workers of this cluster."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        _add_cluster(parser)
        parser.add_argument(
            "--all",
            action="store_true",
            help="every ess worker of the account in this region, whoever owns it",
        )

    def take_action(self, args: argparse.Namespace) -> tuple[Row, Iterable[Row]]:
        if args.all:
            found = instances.of_account(self.cloud.client("ec2"))
            return COLUMNS + OWNED, [(*_row(one), one.cluster, one.owner) for one in found]
        provider = Provider(self.conf, self.cloud, cluster_of(self.conf, args.cluster))
        found = provider.instances()
        if not found:
            which = (
                f"cluster {provider.cluster}"
                if provider.cluster
                else "this folder's cluster, not started yet,"
            )
            self.say(f"{which} has no workers in {self.cloud.region}")
        return COLUMNS, [_row(one) for one in found]


class Ssh(BaseCommand):
    """Log in to a worker, or run one command there."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        _add_cluster(parser)
        parser.add_argument(
            "node", nargs="?", metavar="NODE", help="id, address or place in the list (default: 1)"
        )
        parser.add_argument("command", nargs="*", metavar="-- CMD", help="what to run instead of a login")

    def take_action(self, args: argparse.Namespace) -> int:
        name, command = _split(args, self.words)
        worker = _find(Provider(self.conf, self.cloud, cluster_of(self.conf, args.cluster)).workers(), name)
        if worker.login is None:
            raise NothingMatchedError(f"{worker.id} cannot be logged in to: it is {worker.state}")
        from ess_core.nodes import ssh

        if shutil.which("ssh"):
            argv = ssh.openssh(worker.login, command)
            os.execvp(argv[0], argv)  # noqa: S606 - OpenSSH takes over, with its own exit code
        if command is None:
            raise UsageError(
                "an interactive login needs OpenSSH's `ssh`", "install the openssh-client package"
            )
        return ssh.run(worker.login, command)


class Terminate(BaseCommand):
    """End workers for good."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("which", nargs="+", metavar="all|ID", help="all, or ids such as i-… and r-…")
        _add_cluster(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--wait", action="store_true", help="wait until they are terminated")
        parser.add_argument(
            "--force", action="store_true", help="end instances of other clusters and owners too"
        )
        parser.add_argument("--any-owner", action="store_true", help="with all: whoever owns them")
        parser.add_argument(
            "--timeout",
            type=_seconds,
            default=600.0,
            metavar="S",
            help="longest --wait, in seconds (default: 600)",
        )

    def take_action(self, args: argparse.Namespace) -> int:
        everything = args.which == ["all"]
        _check_ids([] if everything else args.which)
        cluster = cluster_of(self.conf, args.cluster)
        termination = terminate.Termination(self.cloud, cluster, self.say)
        if everything:
            target = termination.everything(args.any_owner)
        else:
            target = termination.chosen(args.which, args.force)
        if target.instances and not (args.yes or self.ask(_question(target.instances, cluster))):
            self.say("nothing was ended")
            return 1
        self._end(termination, target, args)
        if everything:
            self._tell_the_rest(target)
        return 0

    def _end(
        self, termination: terminate.Termination, target: terminate.Target, args: argparse.Namespace
    ) -> None:
        termination.end(target)
        termination.forget(target.instances)
        self.app.stdout.writelines(f"{one.id} shutting-down\n" for one in target.instances)
        if args.wait:
            with Progress(self) as report:
                termination.wait(target, args.timeout, report)
        if args.which == ["all"]:
            self._leave_cluster()

    def _leave_cluster(self) -> None:
        if active.read().provider == "ec2":
            active.write(active.Active())
        events.fire("ended", [], self.say)

    def _tell_the_rest(self, target: terminate.Target) -> None:
        if not target.instances:
            self.say("nothing to end")
        for one in target.others:
            self.say(f"left alone: {one.id}, which {one.owner} owns; --any-owner ends it too")
        for name, number in target.elsewhere.items():
            self.say(f"you still have {number} workers in cluster {name}; --cluster {name} ends them")


def _add_cluster(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cluster", metavar="NAME", help="which cluster (default: the conf's)")


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of workers; it is 1 or more")
    return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= LONGEST_WAIT_S:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds up to {LONGEST_WAIT_S}")
    return seconds


def _planned(plan: Plan) -> tuple[Row, Iterable[Row]]:
    columns = ("number", "type", "image", "key_name", "security_groups", "subnets")
    first, *others = plan.subnet_ids
    subnets = f"{first} or {len(others)} others" if others else first
    groups = " ".join(plan.group_ids)
    return columns, [(plan.number, plan.instance_type, plan.image_id, plan.key_name, groups, subnets)]


def _created_rows(created: create.Created) -> Iterator[Row]:
    yield from (_row(instance) for instance in created.workers)
    if created.problems:
        reasons = "; ".join(problem.message for problem in created.problems.values())
        raise PartlyDoneError(f"{len(created.problems)} workers did not become ready: {reasons}")


def _worker(instance: Instance, chosen: Ec2Settings, created: create.Created) -> Worker:
    return instance.worker(instance.login(chosen, chosen.pem, created.kept.known_hosts))


def _row(instance: Instance) -> Row:
    return tuple(getattr(instance, name) for name in COLUMNS)


def _split(args: argparse.Namespace, words: Sequence[str]) -> tuple[str | None, str | None]:
    """Node and command; only what stands after ``--`` is the command."""
    after = list(words[words.index("--") + 1 :]) if "--" in words else []
    before = [word for word in (args.node, *args.command) if word is not None]
    before = before[: len(before) - len(after)]
    if len(before) > 1:
        raise UsageError(
            f"unexpected {before[1]!r}", "a command stands after `--`: ess instance ec2 ssh NODE -- CMD"
        )
    return (before[0] if before else None), (" ".join(after) or None)


def _find(workers: Sequence[Worker], name: str | None) -> Worker:
    for place, worker in enumerate(workers, start=1):
        if (name or "1") in (worker.id, worker.private_ip, worker.public_ip, str(place)):
            return worker
    what = f"{name} is not a worker of this cluster" if workers else "this cluster has no workers"
    raise NothingMatchedError(what, "`ess instance ec2 list` shows them")


def _check_ids(names: Sequence[str]) -> None:
    for name in names:
        if not name.startswith(("i-", "r-")):
            raise UsageError(
                f"{name!r} is neither an instance (i-…) nor a reservation (r-…)",
                "`all` alone ends the whole cluster",
            )


def _question(doomed: Sequence[Instance], cluster: str) -> str:
    return f"End {len(doomed)} workers of cluster {cluster} for good?"
