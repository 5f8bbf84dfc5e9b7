"""The sandbox on which ess and its peers are compared, and what they leave behind there."""

import csv
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import boto3

from benchmarks import amazon
from ess_core.errors import EssError
from ess_plugins.sandbox import control, folder
from ess_plugins.sandbox.door import Door
from ess_plugins.sandbox.settings import Settings
from ess_plugins.sandbox.state import Running

REGION = "us-east-1"
TYPE = "m3.medium"
_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
_FILES = ("instance.conf", "credential_file.csv", "pem_file.pem")
_SSH_PORT = 22


@dataclass(frozen=True)
class Desk:
    """Where one user of a tool sits: a folder with instance.conf, key and pem, and the environment."""

    folder: Path
    env: dict[str, str]

    @property
    def pem(self) -> Path:
        """The private key that the user takes for the right one."""
        return self.folder / "pem_file.pem"


class Ground:
    """One sandbox; ``no_port_22`` is why it is not at SSH's own port, or empty."""

    def __init__(self, running: Running, scratch: Path, no_port_22: str) -> None:
        self.door = Door(running.ready)
        self.ssh_port = running.ready.ssh_port
        self.no_port_22 = no_port_22
        self._sandbox = running.folder
        self._scratch = scratch
        self._env = os.environ | folder.environment(running.folder, running.ready) | _key(running.folder)
        self._ec2 = self.client("ec2")
        self._first_groups = self._groups()
        self.image: str = self.client("ssm").get_parameter(Name=_PARAMETER)["Parameter"]["Value"]

    def fresh(self, **plan: Any) -> None:
        """No instances, no security groups but the first ones, no calls, and this plan."""
        self.door.reset()
        for group in self._groups() - self._first_groups:
            self._delete(group)
        self.door.plan(**plan)
        self.door.clear_calls()

    @contextmanager
    def desk(self, wrong_key: bool = False) -> Iterator[Desk]:
        """A new user's desk, with the pem of another key pair where ``wrong_key``."""
        with tempfile.TemporaryDirectory(dir=self._scratch) as place:
            where = Path(place)
            for name in _FILES:
                shutil.copy2(self._sandbox / name, where)
            own = {"HOME": place, "ESS_HOME": str(where / "ess"), "ESS_CONF": str(where / "instance.conf")}
            desk = Desk(where, self._env | own)
            if wrong_key:
                asyncssh.generate_private_key("ssh-rsa").write_private_key(str(desk.pem), "pkcs1-pem")
            yield desk

    def live(self) -> list[dict[str, Any]]:
        """The instances that would cost money."""
        return [one for one in self.door.instances() if one["state"] in ("pending", "running")]

    def left(self) -> str:
        """What is there that was not there when the sandbox started."""
        instances, groups = len(self.live()), len(self._groups() - self._first_groups)
        found = [_count(instances, "instance"), _count(groups, "group")]
        return ", ".join(filter(None, found)) or "nothing"

    @property
    def redshift_password(self) -> str:
        """That of the user ``admin`` of the sandbox's warehouses."""
        return (self._sandbox / folder.REDSHIFT_PASSWORD).read_text(encoding="utf-8").strip()

    @property
    def redshift_ca(self) -> Path:
        """The certificate to trust for these warehouses."""
        return self._sandbox / folder.REDSHIFT_CA

    def terminate(self, ids: list[str]) -> None:
        """End instances for a tool that has no command for it."""
        self._ec2.terminate_instances(InstanceIds=ids)

    def client(self, service: str) -> Any:
        """A client of boto3 for the sandbox's API."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            region_name=REGION,
            endpoint_url=self._env["AWS_ENDPOINT_URL"],
            aws_access_key_id=self._env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self._env["AWS_SECRET_ACCESS_KEY"],
        )

    def _groups(self) -> set[str]:
        return {group["GroupId"] for group in self._ec2.describe_security_groups()["SecurityGroups"]}

    def _delete(self, group: str) -> None:
        (found,) = self._ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        if found["IpPermissions"]:  # a rule may name another group, which then could not be deleted
            self._ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=found["IpPermissions"])
        self._ec2.delete_security_group(GroupId=group)


@contextmanager
def opened() -> Iterator[Ground]:
    """A new sandbox, at SSH's own port where that can be had."""
    with tempfile.TemporaryDirectory() as place:
        scratch = Path(place)
        amazon.write(scratch / "skeleton")
        running, reason = _start(scratch)
        try:
            yield Ground(running, scratch, reason)
        finally:
            control.stop(running.folder)


def _start(scratch: Path) -> tuple[Running, str]:
    where, skeleton = scratch / "sandbox", str(scratch / "skeleton")
    try:
        return control.start(Settings(where, ssh_port=_SSH_PORT, skeleton=skeleton)), ""
    except EssError as error:
        return control.start(Settings(where, skeleton=skeleton)), str(error)


def _key(sandbox: Path) -> dict[str, str]:
    with (sandbox / "credential_file.csv").open(encoding="utf-8") as file:
        key = next(csv.DictReader(file))
    return {
        "AWS_ACCESS_KEY_ID": key["Access Key Id"],
        "AWS_SECRET_ACCESS_KEY": key["Secret Access Key"],
        "AWS_DEFAULT_REGION": REGION,
    }


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number > 1 else ''}" if number else ""
