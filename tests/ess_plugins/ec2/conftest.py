"""A user's folder in the sandbox, and `ess` run in this process where one of its own would prove no more."""

import contextlib
import functools
import io
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from botocore.loaders import JSONFileLoader

from ess_core.conf import Conf, Overrides, load
from ess_core.errors import EssError
from ess_core.host.app import App
from ess_core.host.failures import report
from ess_core.host.plugins import Host
from ess_core.interrupts import SIGNALS
from ess_core.registry import REGISTRY, Entry, Kind
from ess_plugins.ec2 import launch as launching
from ess_plugins.ec2 import schema, tags
from ess_plugins.ec2.launch import Launcher
from ess_plugins.ec2.plan import Plan
from ess_plugins.ec2.records import Launch, Records, new_launch
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
    return Ess({name: value for name, value in ess.env.items() if name != "ESS_CONF"}, ess.cwd)


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


@dataclass
class Here:
    """Runs `ess` in this process: quick, and the same but for the process."""

    def __call__(self, *words: object) -> "subprocess.CompletedProcess[str]":
        out, err = io.StringIO(), io.StringIO()
        REGISTRY.entries.clear()
        with _own_signals():
            code = _run([str(word) for word in words], out, err)
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


@pytest.fixture
def here(sandbox: Sandbox, ess: Ess, monkeypatch: pytest.MonkeyPatch) -> Here:
    """Run `ess` in this process, in the environment and working folder of ``ess``; workers start at once."""
    sandbox.plan(pending_s=0, boot_s=0)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_ENDPOINT_URL", "ESS_HOME", "HOME"):
        monkeypatch.setenv(name, ess.env[name])
    monkeypatch.setattr(REGISTRY, "entries", [])
    monkeypatch.setattr(JSONFileLoader, "load_file", lambda _self, path: _model(path))
    monkeypatch.chdir(ess.cwd)
    return Here()


_model = functools.cache(JSONFileLoader().load_file)
"""The models of AWS's services, read once and not once per command."""


def _run(words: list[str], out: io.StringIO, err: io.StringIO) -> int:
    try:
        host = Host()
        host.load(None, without="--no-plugins")
        return App(host, io.StringIO(), out, err).run(words)
    except BaseException as error:  # noqa: BLE001 - as the host's main does
        return report(error, err)


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    before = {signum: signal.getsignal(signum) for signum in SIGNALS}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


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
        plan = Plan(
            number=number,
            minimum=minimum or number,
            instance_type="m3.medium",
            image_id=image["ImageId"],
            root_device=image["RootDeviceName"],
            volume_size_gib=8,
            key_name="pem_file",
            group_ids=tuple(group["GroupId"] for group in groups),
            subnet_ids=tuple(subnets[zone] for zone in zones),
            iam_instance_profile=None,
        )
        launcher = Launcher(sandbox.client("ec2", attempts=1), kept, launch, Quiet())
        return launcher, lambda: launcher.acquire(plan, labels)

    return start
