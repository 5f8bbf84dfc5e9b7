"""What the commands on instances share: the columns and the arguments with the same meaning."""

import argparse
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from ess_core.errors import UsageError
from ess_core.host.arguments import seconds
from ess_core.nodes import active, events
from ess_core.nodes.events import Change
from ess_plugins.ec2 import durations, identity
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.scope import Scope
from ess_plugins.ec2.settings import Ec2Settings

COLUMNS = ("id", "type", "state", "zone", "private_ip", "public_ip", "reservation_id")
Row = Sequence[Any]


def row(instance: Instance) -> Row:
    """One instance under COLUMNS."""
    return tuple(getattr(instance, name) for name in COLUMNS)


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Add ``--cluster``."""
    parser.add_argument("--cluster", type=_name, metavar="NAME", help="which cluster (default: the conf's)")


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add the workers to work on: all, or ids."""
    parser.add_argument(
        "which",
        nargs="*",
        default=[],
        metavar="all|ID",
        help="all (the default), or ids such as i-… and r-…",
    )


def add_ids(parser: argparse.ArgumentParser) -> None:
    """Add the instances to work on, by their ids."""
    parser.add_argument("which", nargs="+", metavar="ID", help="ids such as i-… and r-…")


def add_timeout(parser: argparse.ArgumentParser, default_s: float, what: str = "wait") -> None:
    """Add ``--timeout``."""
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=default_s,
        metavar="S",
        help=f"longest {what}, in seconds (default: {default_s:g})",
    )


def ids_of(which: Sequence[str]) -> Sequence[str]:
    """The ids among ``which``; none means all. Raises UsageError for what is no id."""
    if list(which) == ["all"]:
        return []
    for name in which:
        if not name.startswith(("i-", "r-")):
            raise UsageError(
                f"{name!r} is neither an instance (i-…) nor a reservation (r-…)",
                "`all` alone means the whole cluster",
            )
    return which


def only_ids(which: Sequence[str]) -> Sequence[str]:
    """The ids in ``which``. Raises UsageError for what is no id, and for ``all``."""
    if names := ids_of(which):
        return names
    raise UsageError("`all` is not for this command: name instances (i-…) or reservations (r-…)")


def use(scope: Scope, chosen: Ec2Settings, up: Sequence[Instance], say: Callable[[str], None]) -> None:
    """Let work run on the cluster of these instances, and tell plugins of those that can be logged in to."""
    if any(scope.is_ours(one) for one in up):
        active.write(active.Active("ec2", cluster=scope.cluster))
    able = [worker for worker in scope.workers(up, chosen) if worker.login]
    events.fire("started", Change("ec2", scope.cluster, able, say))


def _name(text: str) -> str:
    """A cluster's name; an empty one, from an unset variable, must not mean the default cluster."""
    try:
        return identity.checked(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(error.message) from error


def words(text: str) -> tuple[str, ...]:
    """Words with commas between them, each once; at least one."""
    found = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not found:
        raise argparse.ArgumentTypeError("it is empty")
    return found


def lifetime(text: str) -> timedelta:
    """How long workers may live, such as 24h."""
    try:
        return durations.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} {error}") from error


def count(text: str) -> int:
    """A number of workers, 1 or more."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of workers; it is 1 or more")
    return number
