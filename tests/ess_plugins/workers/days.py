"""A bucket of files by day, one of them cut off and one corrupt, for `ess` here and on workers."""

import gzip
import itertools
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.fixtures.here import Here
from tests.fixtures.nodes import Nodes
from tests.fixtures.sandbox import Ess, Sandbox

DAYS = [f"2014-01-{day:02}" for day in range(1, 9)]
NUMBERS = itertools.count()
STAYS = "work is done on this machine and not on workers: "


def body(number: int) -> bytes:
    """A file of so many good lines, and a bad one where the number is even."""
    lines = [f"{DAYS[number]},{line}\n" for line in range(number + 1)]
    return "".join([*lines, *["TBD,x\n"] * (number % 2 == 0)]).encode()


@dataclass
class Days:
    """A category ``days`` of a bucket; the sandbox's keys are those of an IAM user."""

    sandbox: Sandbox
    nodes: Nodes
    ess: Ess
    here: Here
    bucket: str

    @classmethod
    def made(cls, sandbox: Sandbox, nodes: Nodes, ess: Ess, here: Here) -> "Days":
        """A new bucket with a file for each of DAYS, and its category."""
        made = cls(sandbox, nodes, ess, here, f"days-{next(NUMBERS)}")
        made.s3.create_bucket(Bucket=made.bucket)
        for number, day in enumerate(DAYS):
            made.put(f"logs/{day}.csv", gzip.compress(body(number)) if number else body(number))
        made.configure(f"[Data]\nscratch: s3://{made.bucket}/tmp\n")
        assert here("select", f"s3://{made.bucket}/in").returncode == 0
        made.add("days", "logs/*", "--columnspec", "S:day I:line")
        return made

    @property
    def s3(self):
        return self.sandbox.client("s3")

    @property
    def conf(self) -> Path:
        """The instance.conf in use."""
        return self.ess.cwd / "instance.conf"

    def configure(self, more: str) -> None:
        """Add to the sandbox's instance.conf."""
        for path in self.sandbox.folder.glob("*_file.*"):
            shutil.copy(path, self.ess.cwd)
        self.conf.write_text(self.sandbox.conf_without_data + more)

    def add(self, *words: object) -> None:
        done = self.here("category", "add", *words)
        assert done.returncode == 0, done.stderr

    def put(self, key: str, data: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=f"in/{key}", Body=data)

    def keys(self, prefix: str) -> dict[str, bytes]:
        """The objects of the bucket whose key begins so, without that."""
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return {
            one["Key"].removeprefix(prefix): self.s3.get_object(Bucket=self.bucket, Key=one["Key"])[
                "Body"
            ].read()
            for one in found
        }

    def _body(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def hide(self) -> None:
        """Let no node see a file of the master's."""
        self.nodes.not_there.write_text(f"{self.ess.cwd}\n{self.ess.env['ESS_HOME']}\n")

    @property
    def touched(self) -> str:
        """What a node has touched all the same."""
        noted = Path(f"{self.nodes.not_there}.touched")
        return noted.read_text() if noted.exists() else ""
