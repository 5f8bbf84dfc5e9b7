"""What tests of the sandbox itself share: launching by API, and logging in by SSH."""

import asyncio
import time
from typing import Any

import asyncssh
import pytest

from tests.fixtures.waiting import until

IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
Instance = dict[str, Any]


def login(sandbox, address, user="ec2-user"):
    """A connection to a worker with the sandbox's own key and nothing of the user's, for ``async with``."""
    return asyncssh.connect(
        address,
        sandbox.ssh_port,
        username=user,
        client_keys=[str(sandbox.folder / "pem_file.pem")],
        known_hosts=None,
        config=None,
        agent_path=None,
    )


@pytest.fixture
def make_bucket(sandbox):
    """Create a bucket for this test only; the sandbox keeps buckets over a reset."""
    s3, made = sandbox.client("s3"), []

    def make(name: str, **given: Any) -> None:
        s3.create_bucket(Bucket=name, **given)
        made.append(name)

    yield make
    for name in made:
        for item in s3.list_objects_v2(Bucket=name).get("Contents", ()):
            s3.delete_object(Bucket=name, Key=item["Key"])
        s3.delete_bucket(Bucket=name)


@pytest.fixture
def launch(sandbox):
    """Launch instances with everything right, unless told otherwise."""

    def run(number: int = 1, **given: Any) -> list[Instance]:
        defaults = {
            "ImageId": IMAGE,
            "InstanceType": "m3.medium",
            "KeyName": "pem_file",
            "SecurityGroups": ["essentia-access"],
            "MinCount": number,
            "MaxCount": number,
        }
        wanted = {name: value for name, value in (defaults | given).items() if value is not None}
        return sandbox.client("ec2", attempts=1).run_instances(**wanted)["Instances"]

    return run


@pytest.fixture
def describe(sandbox):
    """All instances as EC2 describes them, oldest first."""

    def ask(**given: Any) -> list[Instance]:
        pages = sandbox.client("ec2").describe_instances(**given)["Reservations"]
        return [instance for page in pages for instance in page["Instances"]]

    return ask


@pytest.fixture
def running(launch, describe):
    """Launch instances and wait until all of them run."""

    def run(number: int = 1, **given: Any) -> list[Instance]:
        ids = [instance["InstanceId"] for instance in launch(number, **given)]

        def all_run() -> list[Instance]:
            found = describe(Filters=[{"Name": "instance-id", "Values": ids}])
            return found if all(i["State"]["Name"] == "running" for i in found) else []

        return until(all_run)

    return run


@pytest.fixture
def ssh(sandbox):
    """Run one command by SSH; retried for 5 s while the host boots, unless ``patient`` is False."""

    def run(
        address: str,
        command: str | None,
        user: str = "ec2-user",
        stdin: bytes = b"",
        patient: bool = True,
        timeout_s: float = 5,
    ) -> asyncssh.SSHCompletedProcess:
        async def once() -> asyncssh.SSHCompletedProcess:
            async with asyncio.timeout(timeout_s), login(sandbox, address, user) as connection:
                return await connection.run(command, input=stdin, encoding=None)

        deadline = time.monotonic() + (5 if patient else 0)
        while True:
            try:
                return asyncio.run(once())
            except (OSError, asyncssh.Error):
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.05)

    return run
