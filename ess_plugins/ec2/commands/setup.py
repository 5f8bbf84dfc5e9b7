"""`ess instance ec2 setup`."""

import argparse
from collections.abc import Iterable, Iterator

from ess_core.cloud import explain
from ess_core.errors import UsageError
from ess_core.host.command import Lister
from ess_plugins.ec2 import settings
from ess_plugins.ec2.commands.common import Row
from ess_plugins.ec2.setup import source
from ess_plugins.ec2.setup.item import Item
from ess_plugins.ec2.setup.work import Setup as Work

COLUMNS = ("kind", "name", "id", "outcome")


class Setup(Lister):
    """Make the key pair and security groups that the conf names and the account lacks."""

    columns = COLUMNS

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--ssh-from", metavar="CIDR", help="who may log in: an address or a range, such as 203.0.113.0/24"
        )
        parser.add_argument("--yes", action="store_true", help="allow a --ssh-from as wide as 0.0.0.0/0")
        parser.add_argument("--remove", action="store_true", help="take away what setup made, and only that")

    def take_action(self, args: argparse.Namespace) -> tuple[Row, Iterable[Row]]:
        ssh_from = _source(args)
        new_pem = settings.new_pem(self.conf)
        settings.require(self.conf, "security_groups")
        chosen = settings.read(self.conf)
        work = Work(self.cloud, self._where, chosen, chosen.pem or new_pem, new_pem)
        items = work.remove(self.say) if args.remove else work.make(ssh_from)
        return COLUMNS, _rows(items)

    def _where(self, key: str) -> str:
        return self.conf.where("EC2", key)


def _source(args: argparse.Namespace) -> source.Network | None:
    if args.ssh_from is None:
        return None
    if args.remove:
        raise UsageError("--ssh-from and --remove exclude each other")
    network = source.parse(args.ssh_from)
    if source.is_everybody(network) and not args.yes:
        raise UsageError(
            f"--ssh-from {network} lets everybody on the Internet try to log in",
            "name your own address or network, or add --yes",
        )
    return network


def _rows(items: Iterator[Item]) -> Iterator[Row]:
    """The items, also those before a failure of AWS: what was made then is made."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield from ((one.kind, one.name, one.id, one.outcome.value) for one in items)
    except (BotoCoreError, ClientError) as error:
        raise explain(error) from error
