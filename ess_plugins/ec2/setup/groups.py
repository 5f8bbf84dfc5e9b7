"""The security groups of the conf: SSH from where the user says, and everything among the workers."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ess_core.cloud import code
from ess_core.errors import ConfigError, EssError, UsageError
from ess_plugins.ec2 import network, tags
from ess_plugins.ec2.preflight import Where
from ess_plugins.ec2.settings import Ec2Settings
from ess_plugins.ec2.setup import item, source
from ess_plugins.ec2.setup.item import Item, Outcome, Step
from ess_plugins.ec2.setup.source import Network

KIND, RULE = "security group", "rule"
MADE = "created"  # how it was made, as its tag says
DESCRIPTION = "Workers of ess: SSH, and all traffic among them"
SOON_S = 60.0  # an instance that is ending holds its groups about so long
PAUSE_S = 1.0
VISIBLE = {"Delay": 1, "MaxAttempts": 20}  # what was made a moment ago may not be shown yet
Group = Mapping[str, Any]


class Groups:
    """The wanted groups in one VPC."""

    def __init__(self, ec2: Any, settings: Ec2Settings, vpc: str, owner: str) -> None:
        self._ec2 = ec2
        self._wanted = settings.security_groups
        self._port = settings.ssh_port
        self._vpc = vpc
        self._owner = owner

    def missing(self, where: Where, ssh_from: Network | None) -> list[Step]:
        """What is to be made, and what is there. Raises UsageError or ConfigError where that cannot work."""
        found = self.find()
        ours = [name for name in self._wanted if name not in found or self.is_ours(found[name])]
        self._check(where, found, ours, ssh_from)
        first = ours[0] if ours else None
        return [
            partial(self._settle, name, found.get(name), ssh_from if name == first else None)
            for name in self._wanted
        ]

    def find(self) -> dict[str, Group]:
        """The wanted groups that are there, by the name or id that the conf has for them."""
        pages = self._ec2.get_paginator("describe_security_groups").paginate(
            Filters=[{"Name": "vpc-id", "Values": [self._vpc]}], PaginationConfig={"PageSize": 1000}
        )
        groups = [group for page in pages for group in page["SecurityGroups"]]
        found = {group[key]: group for group in groups for key in ("GroupName", "GroupId")}
        return {name: found[name] for name in self._wanted if name in found}

    def is_ours(self, group: Group) -> bool:
        """Whether this owner's setup made it: no other one is ever changed."""
        return item.is_made_by(self._owner, group)

    def remove(self, name: str, group: Group, note: Callable[[str], None]) -> Iterator[Item]:
        """Delete a group; one that ending instances still hold is waited for a moment.

        Raises EssError where something holds it longer.
        """
        deadline = time.monotonic() + SOON_S
        while not self._delete(group["GroupId"]):
            if time.monotonic() > deadline:
                raise EssError(
                    f"security group {name} is still in use: network interfaces, or rules of other groups",
                    "`aws ec2 describe-network-interfaces --filters "
                    f"Name=group-id,Values={group['GroupId']}` shows which",
                )
            note(f"security group {name} is still in use; trying again")
            time.sleep(PAUSE_S)
        yield Item(KIND, name, group["GroupId"], Outcome.REMOVED)

    def _check(
        self, where: Where, found: Mapping[str, Group], ours: Sequence[str], ssh_from: Network | None
    ) -> None:
        for name in ours:
            if name.startswith("sg-") and name not in found:
                raise ConfigError(
                    f"{where('security_groups')}: there is no security group {name} in VPC {self._vpc}",
                    "name a group instead of giving its id, and setup makes it",
                )
        admitted = network.sources(list(found.values()), self._port)
        if ssh_from is None and not admitted and ours:
            raise UsageError(
                f"nobody could reach port {self._port} of the workers",
                "--ssh-from 203.0.113.7 (your own address or network) says who may log in",
            )
        if not ours and (not admitted if ssh_from is None else str(ssh_from) not in admitted):
            names, whom = ", ".join(self._wanted), ssh_from or "anybody"
            raise ConfigError(
                f"{where('security_groups')}: {names} does not let {whom} reach port {self._port}, "
                "and setup changes only groups that it made",
                f"add an inbound rule for TCP {self._port}, or name a new group",
            )

    def _settle(self, name: str, group: Group | None, ssh_from: Network | None) -> Iterator[Item]:
        if group and not self.is_ours(group):
            yield Item(KIND, name, group["GroupId"], Outcome.THERE)
            return
        group_id = group["GroupId"] if group else self._create(name)
        yield Item(KIND, name, group_id, Outcome.THERE if group else Outcome.MADE)
        among = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group_id}]}
        yield self._admit(group_id, f"all traffic inside {name}", among)
        if ssh_from:
            rule = f"TCP {self._port} from {ssh_from}"
            yield self._admit(group_id, rule, source.permission(ssh_from, self._port))

    def _create(self, name: str) -> str:
        labels = item.labels(self._owner, MADE)
        try:
            made = self._ec2.create_security_group(
                GroupName=name,
                Description=DESCRIPTION,
                VpcId=self._vpc,
                TagSpecifications=[tags.specification("security-group", labels)],
            )
        except self._ec2.exceptions.ClientError as error:
            made = self.find().get(name, {}) if code(error) == "InvalidGroup.Duplicate" else {}
            if not self.is_ours(made):
                raise
            return str(made["GroupId"])  # an answer was lost, and this was the second try
        self._ec2.get_waiter("security_group_exists").wait(GroupIds=[made["GroupId"]], WaiterConfig=VISIBLE)
        return str(made["GroupId"])

    def _admit(self, group_id: str, name: str, permission: Mapping[str, Any]) -> Item:
        labels = item.labels(self._owner, MADE)
        try:
            answer = self._ec2.authorize_security_group_ingress(
                GroupId=group_id,
                IpPermissions=[permission],
                TagSpecifications=[tags.specification("security-group-rule", labels)],
            )
        except self._ec2.exceptions.ClientError as error:
            if code(error) != "InvalidPermission.Duplicate":
                raise
            return Item(RULE, name, "", Outcome.THERE)
        return Item(RULE, name, answer["SecurityGroupRules"][0]["SecurityGroupRuleId"], Outcome.MADE)

    def _delete(self, group_id: str) -> bool:
        try:
            self._ec2.delete_security_group(GroupId=group_id)
        except self._ec2.exceptions.ClientError as error:
            if code(error) == "DependencyViolation":
                return False
            if code(error) != "InvalidGroup.NotFound":
                raise
        return True
