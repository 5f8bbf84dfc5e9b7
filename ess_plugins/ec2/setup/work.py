"""One `setup`: everything is looked at and checked before anything is made or taken away."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from ess_core.cloud import Cloud
from ess_core.errors import EssError
from ess_plugins.ec2 import identity, instances, network, preflight
from ess_plugins.ec2.preflight import Where
from ess_plugins.ec2.settings import Ec2Settings
from ess_plugins.ec2.setup import item, key
from ess_plugins.ec2.setup.groups import KIND, Group, Groups
from ess_plugins.ec2.setup.item import Item, Outcome
from ess_plugins.ec2.setup.key import Key
from ess_plugins.ec2.setup.source import Network


class Setup:
    """What the conf needs in one account and region; ``new_pem`` is where a missing pem is written."""

    def __init__(self, cloud: Cloud, where: Where, settings: Ec2Settings, pem: Path, new_pem: Path) -> None:
        self._ec2 = cloud.client("ec2")
        self._where = where
        self._owner = identity.owner_of(identity.whoami(cloud))
        vpc = network.vpc(preflight.subnets(self._ec2, settings), where)
        self._key = Key(self._ec2, settings.key_name, pem, new_pem, self._owner)
        self._key_name = settings.key_name
        self._groups = Groups(self._ec2, settings, vpc, self._owner)

    def make(self, ssh_from: Network | None) -> Iterator[Item]:
        """Make what is missing, item by item; ``ssh_from`` may reach the workers' SSH port.

        Raises UsageError or ConfigError, before anything is made, where that cannot work.
        """
        steps = [*self._key.missing(self._where), *self._groups.missing(self._where, ssh_from)]
        return (made for step in steps for made in step())

    def remove(self, note: Callable[[str], None]) -> Iterator[Item]:
        """Take away what this owner's setup made, item by item, and nothing else.

        Raises EssError, before anything is removed, where an instance uses one of them.
        """
        groups, pair = self._groups.find(), self._key.find()
        ours = {name: group for name, group in groups.items() if self._groups.is_ours(group)}
        our_pair = pair if pair and item.is_made_by(self._owner, pair) else None
        self._refuse_used(ours.values(), our_pair)
        steps = [partial(self._groups.remove, name, group, note) for name, group in ours.items()]
        steps += [partial(self._key.remove, our_pair)] if our_pair else []
        others = {name: group for name, group in groups.items() if name not in ours}
        left = [Item(KIND, name, group["GroupId"], Outcome.LEFT) for name, group in others.items()]
        if pair and not our_pair:
            left.append(Item(key.KIND, self._key_name, pair["KeyPairId"], Outcome.LEFT))
        return chain((done for step in steps for done in step()), left)

    def _refuse_used(self, groups: Iterable[Group], pair: Mapping[str, Any] | None) -> None:
        held = [("instance.group-id", group["GroupId"]) for group in groups]
        held += [("key-name", self._key_name)] if pair else []
        users = [one.id for kind, value in held for one in instances.using(self._ec2, kind, value)]
        if users:
            raise EssError(
                f"instances use what setup made: {instances.listed(list(dict.fromkeys(users)))}",
                "`ess instance ec2 terminate all` ends this cluster's",
            )
