"""The tools that are compared at S3: how each lists and reads, and which keys its lines name."""

import importlib.metadata
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path

from benchmarks.timing import BIN, aws_cli

_PEERS = BIN.parent / "peers" / "bin"
_PLAIN = Path(__file__).with_name("plain_listing.py")
_NOT_HERE = "not here; `make bench` installs it"


class Lister(ABC):
    """One tool; where S3 is, and with which key it may be asked, is in the environment."""

    name: str
    keys_a_second = 50_000
    """About how fast it lists, so that a benchmark can leave out what would take minutes."""

    @abstractmethod
    def version(self) -> str:
        """The version of it that is measured."""

    def missing(self) -> str:
        """Why it cannot be measured here; empty where it can."""
        return ""

    @abstractmethod
    def listing(self, bucket: str) -> list[str]:
        """The command that lists every object with its size."""

    @abstractmethod
    def first_level(self, bucket: str) -> list[str] | None:
        """The command that lists the first level, if the tool has one."""

    @abstractmethod
    def reading(self, bucket: str, key: str) -> list[str] | None:
        """The command that writes an object to its stdout, if the tool has one."""

    @abstractmethod
    def key(self, line: bytes) -> bytes:
        """The key that a line of the listing names."""


class Ess(Lister):
    """`ess s3 ls -r`."""

    name = "ess"

    def version(self) -> str:
        return importlib.metadata.version("essentia-aws")

    def listing(self, bucket: str) -> list[str]:
        return [*self._s3, "ls", "-r", bucket]

    def first_level(self, bucket: str) -> list[str]:
        return [*self._s3, "ls", bucket]

    def reading(self, bucket: str, key: str) -> list[str]:
        return [*self._s3, "cat", f"{bucket}/{key}"]

    def key(self, line: bytes) -> bytes:
        return line.split(None, 3)[3]  # date, time, size, key

    @property
    def _s3(self) -> list[str]:
        return [str(BIN / "ess"), "s3"]


class S5cmd(Lister):
    """`s5cmd ls`."""

    name = "s5cmd"
    PROGRAM = _PEERS / "s5cmd"

    def version(self) -> str:
        return _said([self.PROGRAM, "version"]).removeprefix("v").partition("-")[0]

    def missing(self) -> str:
        return "" if self.PROGRAM.is_file() else _NOT_HERE

    def listing(self, bucket: str) -> list[str]:
        return [str(self.PROGRAM), "ls", f"s3://{bucket}/*"]

    def first_level(self, bucket: str) -> list[str]:
        return [str(self.PROGRAM), "ls", f"s3://{bucket}/"]

    def reading(self, bucket: str, key: str) -> list[str]:
        return [str(self.PROGRAM), "cat", f"s3://{bucket}/{key}"]

    def key(self, line: bytes) -> bytes:
        return line.split(None, 3)[3]  # date, time, size, key


class Rclone(Lister):
    """`rclone lsf`, all at once."""

    name = "rclone"
    _PROGRAM = _PEERS / "rclone"
    _REMOTE = ":s3,provider=AWS,env_auth=true:"

    def version(self) -> str:
        return _said([self._PROGRAM, "version"]).splitlines()[0].removeprefix("rclone v")

    def missing(self) -> str:
        return "" if self._PROGRAM.is_file() else _NOT_HERE

    def listing(self, bucket: str) -> list[str]:
        how = ["--recursive", "--fast-list", "--files-only", "--format=sp"]
        return [*self._rclone, "lsf", *how, f"{self._REMOTE}{bucket}"]

    def first_level(self, bucket: str) -> list[str]:
        return [*self._rclone, "lsf", "--format=sp", f"{self._REMOTE}{bucket}"]

    def reading(self, bucket: str, key: str) -> None:  # noqa: ARG002 - it reads only what a listing has
        return None

    def key(self, line: bytes) -> bytes:
        return line.partition(b";")[2]

    @property
    def _rclone(self) -> list[str]:
        return [str(self._PROGRAM), "--config="]  # none, rather than the user's


class Aws(Lister):
    """`aws s3 ls --recursive`."""

    name = "aws-cli"
    keys_a_second = 10_000

    def version(self) -> str:
        return _said([aws_cli() or "", "--version"]).split()[0].partition("/")[2]

    def missing(self) -> str:
        return "" if aws_cli() else _NOT_HERE

    def listing(self, bucket: str) -> list[str]:
        return [aws_cli() or "", "s3", "ls", "--recursive", f"s3://{bucket}/"]

    def first_level(self, bucket: str) -> list[str]:
        return [aws_cli() or "", "s3", "ls", f"s3://{bucket}/"]

    def reading(self, bucket: str, key: str) -> list[str]:
        return [aws_cli() or "", "s3", "cp", f"s3://{bucket}/{key}", "-"]

    def key(self, line: bytes) -> bytes:
        return line.split(None, 3)[3]  # date, time, size, key


class Plain(Lister):
    """boto3's paginator."""

    name = "boto3"
    keys_a_second = 10_000

    def version(self) -> str:
        return importlib.metadata.version("boto3")

    def listing(self, bucket: str) -> list[str]:
        return [sys.executable, str(_PLAIN), bucket]

    def first_level(self, bucket: str) -> None:  # noqa: ARG002 - the script lists all
        return None

    def reading(self, bucket: str, key: str) -> None:  # noqa: ARG002 - as above
        return None

    def key(self, line: bytes) -> bytes:
        return line.partition(b" ")[2]


ALL: tuple[Lister, ...] = (Ess(), S5cmd(), Rclone(), Aws(), Plain())
"""ess first, then those to compare it with."""


def environment(endpoint: str) -> dict[str, str]:
    """All that a tool needs to talk to this S3, in the variables that each of them reads."""
    return {
        "AWS_ACCESS_KEY_ID": "AKIABENCHMARKBENCHMA",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "RCLONE_S3_ENDPOINT": endpoint,
        "S3_ENDPOINT_URL": endpoint,
    }


def _said(argv: list[str | Path]) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()
