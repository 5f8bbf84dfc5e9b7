"""From what was asked and what is true to the exact RunInstances requests; or why it cannot be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ess_plugins.ec2 import checks, durations, lifetime, network, places, tags, userdata
from ess_plugins.ec2.places import Place
from ess_plugins.ec2.preflight import Facts, Where
from ess_plugins.ec2.records import Launch
from ess_plugins.ec2.settings import Ec2Settings


@dataclass(frozen=True)
class Plan:
    """A launch that nothing known forbids: how many, how, and the places to try in turn.

    ``notes`` say what of the order could not be checked or is left out.
    """

    number: int
    minimum: int
    places: tuple[Place, ...]
    key_name: str
    group_ids: tuple[str, ...]
    iam_instance_profile: str | None = None
    associate_public_ip: bool | None = None
    spot: bool = False
    expires: datetime | None = None
    user_data: str | None = None
    notes: tuple[str, ...] = ()

    def request(self, most: int, least: int, place: Place, labels: Mapping[str, str]) -> dict[str, Any]:
        """The RunInstances arguments but for the token.

        Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
        """
        return {
            "ImageId": place.image_id,
            "InstanceType": place.instance_type,
            "MinCount": least,
            "MaxCount": most,
            "KeyName": self.key_name,
            "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
            "BlockDeviceMappings": [place.volume],
            **self._network(place),
            **self._profile(),
            **self._market(labels),
            **self._boot(),
        }

    def _network(self, place: Place) -> dict[str, Any]:
        """Subnet and groups; only an interface of its own can say whether it gets a public address."""
        groups, public = list(self.group_ids), self.associate_public_ip
        if public is None:
            return {"SubnetId": place.subnet_id, "SecurityGroupIds": groups}
        interface = {"DeviceIndex": 0, "SubnetId": place.subnet_id, "Groups": groups}
        ends = {"AssociatePublicIpAddress": public, "DeleteOnTermination": True}
        return {"NetworkInterfaces": [interface | ends]}

    def _profile(self) -> dict[str, Any]:
        name = self.iam_instance_profile
        if not name:
            return {}
        return {"IamInstanceProfile": {"Arn" if name.startswith("arn:") else "Name": name}}

    def _market(self, labels: Mapping[str, str]) -> dict[str, Any]:
        """The tags; and for spot a one-time request, which can neither come back nor become on-demand."""
        if not self.spot:
            return {"TagSpecifications": tags.specifications(labels)}
        options = {"SpotInstanceType": "one-time", "InstanceInterruptionBehavior": "terminate"}
        return {
            "InstanceMarketOptions": {"MarketType": "spot", "SpotOptions": options},
            "TagSpecifications": tags.specifications(labels, tags.SPOT_REQUEST),
        }

    def _boot(self) -> dict[str, Any]:
        """What it runs at boot; one that ends itself does so by powering off."""
        boot = {} if self.user_data is None else {"UserData": self.user_data}
        return boot | ({"InstanceInitiatedShutdownBehavior": "terminate"} if self.expires else {})


def labels(settings: Ec2Settings, launch: Launch, expires: datetime | None) -> dict[str, str]:
    """The tags that everything of a launch is born with."""
    own = {} if expires is None else {tags.EXPIRES: lifetime.stamp(expires)}
    return {
        **settings.tags,
        tags.NAME: settings.instance_tag,
        tags.CLUSTER: launch.cluster,
        tags.LAUNCH: launch.id,
        tags.OWNER: launch.owner,
        **own,
    }


def make(
    facts: Facts, settings: Ec2Settings, where: Where, number: int, minimum: int, there: int = 0
) -> Plan:
    """Check ``facts`` and settle every choice; ``there`` of the ``number`` run already.

    ``where`` begins an error about a value. Raises ConfigError or EssError naming the first obstacle.
    """
    not_compared = checks.check_key(facts, settings, where)
    groups = network.groups(facts, settings, where)
    expires = _expiry(settings)
    user_data = userdata.make(settings.user_data, expires)
    found, left_out = places.find(facts, settings, where, minimum - there)
    checks.check_quota(facts, found[0].instance_type, number - there, spot=settings.spot)
    return Plan(
        number=number,
        minimum=minimum,
        places=found,
        key_name=settings.key_name,
        group_ids=tuple(group["GroupId"] for group in groups),
        iam_instance_profile=settings.iam_instance_profile,
        associate_public_ip=settings.associate_public_ip,
        spot=settings.spot,
        expires=expires,
        user_data=user_data,
        notes=(*filter(None, [not_compared]), *left_out),
    )


def _expiry(settings: Ec2Settings) -> datetime | None:
    """When workers that are launched now end by themselves, if they do."""
    if settings.ttl in (None, durations.NEVER):
        return None
    return datetime.now(UTC).replace(microsecond=0) + settings.ttl
