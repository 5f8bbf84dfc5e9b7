"""From the order to workers that can be logged in to: ess beside a plain boto3 script and aws-cli.

All three run against one sandbox that boots a worker in a known time, the floor: what is above it is
the client's.
aws-cli's figure is without logins: run-instances, wait instance-running, describe-instances.
"""

import csv
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import BIN, aws_cli, once
from ess_plugins.sandbox import control, folder
from ess_plugins.sandbox.door import Door
from ess_plugins.sandbox.settings import Settings

NUMBERS = (2, 20)
FLOORS = ((5.0, 3.0), (0.0, 0.0))  # seconds pending, seconds until SSH answers
IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
PLAIN = Path(__file__).with_name("plain_boto3.py")


@dataclass(frozen=True)
class Result:
    """Wall seconds of one launch, and the API calls it made."""

    seconds: float
    calls: int

    def __str__(self) -> str:
        return f"{self.seconds:6.1f} s  {self.calls:3} calls"


class Bench:
    """One sandbox and the peers pointed to it."""

    def __init__(self, where: Path, door: Door, env: dict[str, str], ssh_port: int) -> None:
        self._where = where
        self._door = door
        self._env = env
        self._ssh_port = ssh_port

    def measure(self, launch: Callable[[int], float], number: int, floor: tuple[float, float]) -> Result:
        """Launch ``number`` workers with nothing else there."""
        self._door.reset()
        self._door.plan(pending_s=floor[0], boot_s=floor[1])
        seconds = launch(number)
        return Result(seconds, sum(self._door.counts().values()))

    def ess(self, number: int) -> float:
        """`ess instance ec2 create`."""
        with tempfile.TemporaryDirectory() as home:
            argv = [str(BIN / "ess"), "instance", "ec2", "create", f"--number={number}"]
            return once(argv, self._env | {"ESS_HOME": home})

    def plain(self, number: int) -> float:
        """The boto3 script."""
        pem = str(self._where / "pem_file.pem")
        words = [str(number), "pem_file", pem, "essentia-access", "ec2-user", str(self._ssh_port)]
        return once([sys.executable, str(PLAIN), *words], self._env)

    def aws(self, number: int) -> float:
        """aws-cli, without logins."""
        launch = (
            f"run-instances --count {number} --instance-type m3.medium --image-id {IMAGE} "
            "--key-name pem_file --security-groups essentia-access "
            "--query Instances[].InstanceId --output text"
        )
        script = (
            f'set -e; ids=$("$0" ec2 {launch}); "$0" ec2 wait instance-running --instance-ids $ids; '
            '"$0" ec2 describe-instances --instance-ids $ids'
        )
        return once(["sh", "-c", script, aws_cli() or ""], self._env)


@contextmanager
def _bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as scratch:
        where = Path(scratch) / "sandbox"
        running = control.start(Settings(where))
        try:
            with (where / "credential_file.csv").open(encoding="utf-8") as file:
                key = next(csv.DictReader(file))
            env = os.environ | folder.environment(where, running.ready)
            env["AWS_ACCESS_KEY_ID"] = key["Access Key Id"]
            env["AWS_SECRET_ACCESS_KEY"] = key["Secret Access Key"]
            env["AWS_DEFAULT_REGION"] = "us-east-1"
            yield Bench(where, Door(running.ready), env, running.ready.ssh_port)
        finally:
            control.stop(where)


def main() -> None:
    """Print one line a launch and the ratios."""
    print("launch: wall seconds until each worker was logged in to (aws-cli: until running), API calls")
    with _bench() as bench:
        for floor in FLOORS:
            for number in NUMBERS:
                _compare(bench, number, floor)


def _compare(bench: Bench, number: int, floor: tuple[float, float]) -> None:
    print(f"  {number} workers, boot floor {sum(floor):.0f} s")
    ess = bench.measure(bench.ess, number, floor)
    print(f"    ess          {ess}")
    plain = bench.measure(bench.plain, number, floor)
    print(f"    plain boto3  {plain}  ess / it {ess.seconds / plain.seconds:.2f}")
    if not aws_cli():
        print("    aws-cli      not here: `make bench` installs it")
        return
    aws = bench.measure(bench.aws, number, floor)
    print(f"    aws-cli      {aws}  ess / it {ess.seconds / aws.seconds:.2f}")


if __name__ == "__main__":
    main()
