"""A user's folder in the sandbox, and `ess` run in this process where one of its own would prove no more."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from ess_core.conf import Conf, Overrides, load
from ess_core.errors import EssError
from ess_core.registry import REGISTRY, Entry, Kind
from ess_plugins.ec2 import launch as launching
from ess_plugins.ec2 import ready, schema, tags, waiting
from ess_plugins.ec2.launch import Launcher
from ess_plugins.ec2.places import Place
from ess_plugins.ec2.plan import Plan
from ess_plugins.ec2.records import Launch, Records, new_launch
from tests.fixtures.here import Here
from tests.fixtures.sandbox import Ess, Sandbox

THREE_FILES = ("instance.conf", "credential_file.csv", "pem_file.pem")


def set_conf(folder: Path, **values: object) -> None:
    """Change keys of `[EC2]` in the instance.conf of ``folder``; they stand in line 2 and on."""
    path = folder / "instance.conf"
    header, *lines = path.read_text().splitlines()
    kept = [line for line in lines if line.partition(":")[0] not in values]
    changed = [f"{key}: {value}" for key, value in values.items()]
    path.write_text("\n".join([header, *changed, *kept]) + "\n")


@pytest.fixture
def ess(ess: Ess, sandbox: Sandbox) -> Ess:
    """The `ess` command in a folder of the test's own with the sandbox's three files."""
    copy_files(sandbox, ess.cwd)
    return replace(ess, env={name: value for name, value in ess.env.items() if name != "ESS_CONF"})


def copy_files(sandbox: Sandbox, folder: Path) -> None:
    """Give ``folder`` an instance.conf, a credential CSV and a pem."""
    for name in THREE_FILES:
        shutil.copy2(sandbox.folder / name, folder)


class Quiet:
    """A report that keeps what it hears."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """Keep it."""
        self.notes.append(text)

    def count(self, text: str, done: int, wanted: int) -> None:
        """Drop it."""


@pytest.fixture
def here(here: Here, sandbox: Sandbox) -> Here:
    """Run `ess` in this process, where workers start at once."""
    sandbox.plan(pending_s=0, boot_s=0)
    return here


@pytest.fixture
def create(here: Here) -> Callable[..., Any]:
    """Run `create`; return the finished command, its rows as ``rows``."""

    def create(*words: object) -> Any:
        done: Any = here("instance", "ec2", "create", "-f", "json", *words)
        done.rows = json.loads(done.stdout) if done.stdout else []
        return done

    return create


@pytest.fixture
def conf(ess: Ess, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Conf]:
    """Load the instance.conf of the test's folder."""
    monkeypatch.setattr(REGISTRY, "entries", [Entry(Kind.CONFIG, "EC2", "ec2", schema.SECTION)])
    return lambda: load(Overrides(conf=ess.cwd / "instance.conf"))


class Start(Protocol):
    """Makes a Launcher, and what lets it launch."""

    def __call__(
        self, number: int, minimum: int | None = None, zones: str = "ab", again: Launch | None = None
    ) -> tuple[Launcher, Callable[[], EssError | None]]: ...


@pytest.fixture
def kept(ess: Ess, monkeypatch: pytest.MonkeyPatch) -> Records:
    """The records of cluster c-1."""
    monkeypatch.setenv("ESS_HOME", ess.env["ESS_HOME"])
    kept = Records("c-1", "123456789012")
    kept.prepare()
    return kept


@pytest.fixture
def start(sandbox: Sandbox, kept: Records, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Launchers for the sandbox; nothing waits long between two tries."""
    monkeypatch.setattr(launching, "WAITS_S", (0.01, 0.01))
    ec2 = sandbox.client("ec2")
    subnets = {one["AvailabilityZone"][-1]: one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]}
    image = next(one for one in ec2.describe_images()["Images"] if one["Architecture"] == "x86_64")
    groups = ec2.describe_security_groups(GroupNames=["essentia-access"])["SecurityGroups"]

    def start(
        number: int, minimum: int | None = None, zones: str = "ab", again: Launch | None = None
    ) -> tuple[Launcher, Callable[[], EssError | None]]:
        launch = again or new_launch("c-1", "us-east-1", "123456789012", "arn", {})
        labels = {tags.CLUSTER: "c-1", tags.LAUNCH: launch.id, tags.OWNER: "arn"}
        places = tuple(
            Place(
                "m3.medium", image["ImageId"], image["RootDeviceName"], 8, subnets[zone], f"us-east-1{zone}"
            )
            for zone in zones
        )
        group_ids = tuple(group["GroupId"] for group in groups)
        plan = Plan(number, minimum or number, places, "pem_file", group_ids)
        launcher = Launcher(sandbox.client("ec2", attempts=1), kept, launch, Quiet())
        return launcher, lambda: launcher.acquire(plan, labels)

    return start


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask EC2 more often in this process, so that tests wait less."""
    monkeypatch.setattr(ready, "POLL_S", 0.1)
    monkeypatch.setattr(waiting, "POLL_S", 0.1)


@pytest.fixture
def workers(here: Here) -> Callable[..., list[str]]:
    """Launch so many workers and wait until each can be logged in to; return their ids."""

    def workers(number: int, *words: str) -> list[str]:
        done = here("instance", "ec2", "create", f"--number={number}", "-f", "json", *words)
        assert done.returncode == 0, done.stderr
        return [row["id"] for row in json.loads(done.stdout)]

    return workers


@pytest.fixture
def foreign(sandbox: Sandbox) -> Callable[..., list[str]]:
    """Launch so many instances without ess; return their ids."""

    def foreign(
        number: int = 1, region: str = "us-east-1", key: str | None = "pem_file", **labels: str
    ) -> list[str]:
        ec2 = sandbox.client("ec2", region=region)
        images = ec2.describe_images()["Images"]
        image = next(one["ImageId"] for one in images if one["Architecture"] == "x86_64")
        access = {"KeyName": key, "SecurityGroups": ["essentia-access"]} if key else {}
        tagged = [tags.specification("instance", {f"ess:{name}": value for name, value in labels.items()})]
        if labels:
            access["TagSpecifications"] = tagged
        made = ec2.run_instances(
            ImageId=image, InstanceType="m3.medium", MinCount=number, MaxCount=number, **access
        )
        return [one["InstanceId"] for one in made["Instances"]]

    return foreign
