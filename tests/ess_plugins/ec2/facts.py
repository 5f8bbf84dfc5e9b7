"""What a preflight may have found, for tests of what is made of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ess_core.cloud import Identity
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.preflight import Facts
from ess_plugins.ec2.settings import Ec2Settings

IDENTITY = Identity("123456789012", "arn:aws:iam::123456789012:user/ann")
IMAGE = {
    "ImageId": "ami-1",
    "Architecture": "x86_64",
    "State": "available",
    "RootDeviceType": "ebs",
    "RootDeviceName": "/dev/xvda",
    "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}],
}
TYPE = {
    "InstanceType": "m3.medium",
    "ProcessorInfo": {"SupportedArchitectures": ["i386", "x86_64"]},
    "VCpuInfo": {"DefaultVCpus": 1},
}
SSH_RULE = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.1/32"}]}


def where(key: str) -> str:
    """How an error about a key of [EC2] begins."""
    return f"instance.conf:1: [EC2] {key}"


def group(name: str = "essentia-access", vpc: str = "vpc-1", rules: Any = (SSH_RULE,)) -> dict[str, Any]:
    """A security group."""
    return {"GroupId": f"sg-{name}", "GroupName": name, "VpcId": vpc, "IpPermissions": list(rules)}


def subnet(zone: str = "a", free: int = 250, vpc: str = "vpc-1", public: bool = True) -> dict[str, Any]:
    """A subnet of the zone, with so many free addresses."""
    return {
        "SubnetId": f"subnet-{zone}",
        "VpcId": vpc,
        "AvailabilityZone": f"us-east-1{zone}",
        "AvailableIpAddressCount": free,
        "MapPublicIpOnLaunch": public,
    }


def instance(**changes: Any) -> Instance:
    """An instance as EC2 describes it."""
    usual = {
        "id": "i-1",
        "state": "running",
        "type": "m3.medium",
        "zone": "us-east-1a",
        "private_ip": "127.1.0.4",
        "public_ip": "127.2.0.4",
        "reservation_id": "r-1",
        "client_token": "l-1-0",
        "launched_at": datetime(2026, 1, 1, tzinfo=UTC),
        "cluster": "c-1",
        "launch": "l-1",
        "owner": IDENTITY.arn,
        "vcpus": 1,
        "spot": False,
        "state_reason": "",
    }
    return Instance(**(usual | changes))


def facts(**changes: Any) -> Facts:
    """A preflight that found everything as it should be."""
    usual: dict[str, Any] = {
        "identity": IDENTITY,
        "types": [TYPE],
        "zones": {"m3.medium": frozenset({"us-east-1a", "us-east-1b"})},
        "images": {"m3.medium": IMAGE},
        "groups": [group()],
        "subnets": [subnet()],
        "alive": [],
        "key_pair": None,
        "quota_vcpus": 32,
    }
    return Facts(**(usual | changes))


def settings(**changes: Any) -> Ec2Settings:
    """[EC2] as documented."""
    usual: dict[str, Any] = {
        "key_name": "pem_file",
        "pem": Path("pem_file.pem"),
        "security_groups": ("essentia-access",),
        "instance_types": ("m3.medium",),
        "instance_count": 2,
        "username": "ec2-user",
        "instance_tag": "Essentia Worker Node",
        "use_private_ip": False,
        "cluster": None,
        "ami": None,
        "subnet_ids": (),
        "max_instances": 20,
        "volume_size": None,
        "iam_instance_profile": None,
        "ssh_port": 22,
    }
    return Ec2Settings(**(usual | changes))
