"""EC2 instances as ess sees them, and the one way to ask for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ess_core.nodes.worker import Login, Worker
from ess_plugins.ec2 import tags
from ess_plugins.ec2.settings import Ec2Settings

ENDED = frozenset({"shutting-down", "terminated"})
FILTER_VALUES = 200  # a filter takes no more
ALIVE = ("pending", "running", "stopping", "stopped")


@dataclass(frozen=True)
class Instance:
    """One instance: EC2's own terms, and the tags that say whose it is and how long."""

    id: str
    state: str
    type: str
    zone: str
    private_ip: str
    public_ip: str
    reservation_id: str
    client_token: str
    launched_at: datetime
    cluster: str
    launch: str
    owner: str
    vcpus: int | None
    spot: bool
    state_reason: str
    adopted: bool = False
    expires: str = ""

    @property
    def lifecycle(self) -> str:
        """What is paid for it: ``spot`` or ``on-demand``."""
        return "spot" if self.spot else "on-demand"

    @property
    def ended(self) -> bool:
        """Ending or ended: it costs nothing any more and never comes back."""
        return self.state in ENDED

    def address(self, settings: Ec2Settings) -> str:
        """Where to reach it: its private address with ``use_private_ip``, else the public one; or empty."""
        return self.private_ip if settings.use_private_ip else self.public_ip

    def login(self, settings: Ec2Settings, pem: Path | None, known_hosts: Path) -> Login | None:
        """How to log in, or None while it has no address; its host key is pinned under its id."""
        host = self.address(settings)
        if not host or self.state != "running":
            return None
        return Login(host, settings.ssh_port, settings.username, pem, known_hosts, self.id, settings.jump)

    def worker(self, login: Login | None) -> Worker:
        """The instance as the core's nodes layer knows it."""
        return Worker(
            self.id,
            self.state,
            login,
            self.type,
            self.zone,
            self.private_ip,
            self.public_ip,
            self.reservation_id,
            self.launched_at,
        )


def describe(ec2: Any, filters: Sequence[Mapping[str, Any]]) -> list[Instance]:
    """All instances that match, in launch order; one DescribeInstances call a thousand instances."""
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=list(filters), PaginationConfig={"PageSize": 1000}
    )
    return parse(reservation for page in pages for reservation in page["Reservations"])


def of_ids(ec2: Any, ids: Sequence[str]) -> list[Instance]:
    """The instances with these ids; one that EC2 does not show is absent, and no error."""
    found: list[Instance] = []
    for start in range(0, len(ids), FILTER_VALUES):
        found += describe(ec2, [{"Name": "instance-id", "Values": list(ids[start : start + FILTER_VALUES])}])
    return found


def of_launch(ec2: Any, launch: str) -> list[Instance]:
    """The instances of one launch; right after the call they may be absent, which means "not yet"."""
    return describe(ec2, [tags.having(tags.LAUNCH, launch)])


def of_cluster(ec2: Any, cluster: str) -> list[Instance]:
    """The cluster's instances that are not ended."""
    return describe(ec2, [tags.having(tags.CLUSTER, cluster), _alive()])


def of_account(ec2: Any) -> list[Instance]:
    """Every ess instance of the account in this region, whoever owns it; also those that are ended."""
    return describe(ec2, [{"Name": "tag-key", "Values": [tags.CLUSTER]}])


def alive_of_account(ec2: Any) -> list[Instance]:
    """The same, but for those that are ended."""
    return [instance for instance in of_account(ec2) if not instance.ended]


def alive(ec2: Any) -> list[Instance]:
    """Every instance of the account in this region that is not ended, whether ess made it or not."""
    return describe(ec2, [_alive()])


def using(ec2: Any, kind: str, value: str) -> list[Instance]:
    """Those of the region that are not ended and use a resource: ``instance.group-id`` or ``key-name``."""
    return describe(ec2, [{"Name": kind, "Values": [tags.literal(value)]}, _alive()])


def parse(reservations: Iterable[Mapping[str, Any]]) -> list[Instance]:
    """Instances from the ``Reservations`` of DescribeInstances or the answer of RunInstances."""
    items = [(item, reservation) for reservation in reservations for item in reservation["Instances"]]
    return [_instance(*one) for one in sorted(items, key=lambda one: _launch_order(*one))]


def states(changes: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The new state of each instance, from the answer to a call that changes it."""
    return {change["InstanceId"]: change["CurrentState"]["Name"] for change in changes}


def _launch_order(item: Mapping[str, Any], reservation: Mapping[str, Any]) -> tuple[datetime, str, int]:
    return item["LaunchTime"], reservation["ReservationId"], item.get("AmiLaunchIndex", 0)


def workers(number: int) -> str:
    """``1 worker``, ``2 workers``."""
    return "1 worker" if number == 1 else f"{number} workers"


def listed(ids: Sequence[str]) -> str:
    """Ids for a sentence: the first five, and how many more."""
    shown = ", ".join(ids[:5])
    return shown if len(ids) <= 5 else f"{shown} and {len(ids) - 5} more"


def _alive() -> dict[str, Any]:
    return {"Name": "instance-state-name", "Values": list(ALIVE)}


def _instance(item: Mapping[str, Any], reservation: Mapping[str, Any]) -> Instance:
    labels = tags.read(item.get("Tags", ()))
    cpu = item.get("CpuOptions") or {}
    return Instance(
        id=item["InstanceId"],
        state=item["State"]["Name"],
        type=item["InstanceType"],
        zone=item.get("Placement", {}).get("AvailabilityZone", ""),
        private_ip=item.get("PrivateIpAddress") or "",
        public_ip=item.get("PublicIpAddress") or "",
        reservation_id=reservation["ReservationId"],
        client_token=item.get("ClientToken") or "",
        launched_at=item["LaunchTime"],
        cluster=labels.get(tags.CLUSTER, ""),
        launch=labels.get(tags.LAUNCH, ""),
        owner=labels.get(tags.OWNER, ""),
        vcpus=cpu["CoreCount"] * cpu["ThreadsPerCore"] if cpu.get("CoreCount") else None,
        spot=item.get("InstanceLifecycle") == "spot",
        state_reason=item.get("StateReason", {}).get("Message", ""),
        adopted=tags.ADOPTED in labels,
        expires=labels.get(tags.EXPIRES, ""),
    )
