"""The tools that are compared: how each launches workers, and how it ends them."""

import importlib.metadata
import re
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path

from benchmarks.ground import REGION, TYPE, Desk, Ground
from benchmarks.run import Run
from benchmarks.timing import BIN, aws_cli

END_S = 60.0
_PLAIN = Path(__file__).with_name("plain_boto3.py")
_INSTANCE_ID = re.compile(r"\bi-[0-9a-f]{17}\b")


class Peer(ABC):
    """One tool on the ground."""

    name: str

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def launch(self, desk: Desk, number: int) -> Run:
        """Start launching ``number`` workers."""
        return Run(self._launching(desk, number), desk.env, desk.folder)

    @abstractmethod
    def version(self) -> str:
        """The version of it that is measured."""

    def missing(self) -> str:
        """Why it cannot be measured here; empty where it can."""
        return ""

    @abstractmethod
    def end(self, desk: Desk, said: str) -> None:
        """End what the launch that ``said`` this has launched, as its user would."""

    @abstractmethod
    def _launching(self, desk: Desk, number: int) -> list[str]: ...


class Ess(Peer):
    """`ess instance ec2 create`."""

    name = "ess"

    def version(self) -> str:
        return importlib.metadata.version("essentia-aws")

    def end(self, desk: Desk, said: str) -> None:  # noqa: ARG002 - ess knows by itself
        _finish([str(BIN / "ess"), "instance", "ec2", "terminate", "all", "--yes"], desk)

    def _launching(self, desk: Desk, number: int) -> list[str]:  # noqa: ARG002 - the environment says it
        return [str(BIN / "ess"), "instance", "ec2", "create", f"--number={number}", "--yes"]


class Plain(Peer):
    """A boto3 script that makes the same calls."""

    name = "plain boto3"

    def version(self) -> str:
        return importlib.metadata.version("boto3")

    def end(self, desk: Desk, said: str) -> None:  # noqa: ARG002 - there is no command
        self._ground.terminate(_ids(said))

    def _launching(self, desk: Desk, number: int) -> list[str]:
        words = ("pem_file", desk.pem, "essentia-access", "ec2-user", self._ground.ssh_port)
        return [sys.executable, str(_PLAIN), str(number), *map(str, words)]


class Aws(Peer):
    """aws-cli: run-instances, wait instance-running, describe-instances; it logs in nowhere."""

    name = "aws-cli"

    def missing(self) -> str:
        return "" if aws_cli() else "not here; `make bench` installs it"

    def version(self) -> str:
        done = subprocess.run([aws_cli() or "", "--version"], capture_output=True, text=True, check=True)
        return done.stdout.split()[0].partition("/")[2]

    def end(self, desk: Desk, said: str) -> None:  # noqa: ARG002 - the key is in the environment
        self._ground.terminate(_ids(said))

    def _launching(self, desk: Desk, number: int) -> list[str]:  # noqa: ARG002 - as above
        launch = (
            f"run-instances --count {number} --instance-type {TYPE} --image-id {self._ground.image} "
            "--key-name pem_file --security-groups essentia-access "
            "--query Instances[].InstanceId --output text"
        )
        script = (
            f'set -e; ids=$("$0" ec2 {launch}); "$0" ec2 wait instance-running --instance-ids $ids; '
            '"$0" ec2 describe-instances --instance-ids $ids'
        )
        return ["sh", "-c", script, aws_cli() or ""]


class Flintrock(Peer):
    """flintrock with no service to install: it logs in and sets each worker up."""

    name = "flintrock"
    _BIN = BIN.parent / "flintrock" / "bin"

    def missing(self) -> str:
        if not (self._BIN / "flintrock").is_file():
            return "not here; `make bench` installs it where it can be installed"
        return self._ground.no_port_22

    def version(self) -> str:
        ask = "import importlib.metadata; print(importlib.metadata.version('flintrock'))"
        done = subprocess.run([self._BIN / "python", "-c", ask], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def end(self, desk: Desk, said: str) -> None:  # noqa: ARG002 - it knows by its tags
        _finish([*self._command("destroy"), "--assume-yes", f"--ec2-region={REGION}"], desk)

    def _launching(self, desk: Desk, number: int) -> list[str]:
        return [
            *self._command("launch"),
            f"--num-slaves={number - 1}",  # and one master
            "--no-install-hdfs",
            "--no-install-spark",
            "--java-version=8",  # any that is there will do
            "--assume-yes",
            "--ec2-key-name=pem_file",
            f"--ec2-identity-file={desk.pem}",
            f"--ec2-instance-type={TYPE}",
            f"--ec2-region={REGION}",
            f"--ec2-ami={self._ground.image}",
            "--ec2-user=ec2-user",
            "--ec2-authorize-access-from=127.0.0.0/8",
        ]

    def _command(self, name: str) -> list[str]:
        return [str(self._BIN / "flintrock"), name, "bench"]


def all_on(ground: Ground) -> list[Peer]:
    """ess first, then those to compare it with."""
    return [Ess(ground), Plain(ground), Aws(ground), Flintrock(ground)]


def _finish(argv: list[str], desk: Desk) -> None:
    Run(argv, desk.env, desk.folder).seconds(END_S)


def _ids(said: str) -> list[str]:
    return sorted(set(_INSTANCE_ID.findall(said)))
