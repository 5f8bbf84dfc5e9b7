"""Third parties' plugins, real and planted, beside the real `ess`."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
Env = Mapping[str, str]
Plant = Callable[..., Env]


def on_path(*folders: Path) -> dict[str, str]:
    """The environment in which Python also looks into ``folders``."""
    return {"PYTHONPATH": os.pathsep.join([*map(str, folders), os.environ["PYTHONPATH"]])}


def install(source: Path, target: Path) -> Env:
    """Build and install a distribution into ``target``; the environment in which it is there."""
    options = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    command = [sys.executable, "-m", "pip", "install", *options, "--target", target, source]
    subprocess.run(command, check=True, timeout=120)
    return on_path(target)


@pytest.fixture(scope="session")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Env:
    """A real distribution of a third party, built and installed without the network."""
    return install(HERE / "thirdparty", tmp_path_factory.mktemp("hello"))


@pytest.fixture
def probe() -> Env:
    """The plugin ``probe``, whose commands do what commands should not."""
    return on_path(HERE / "probe")


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Write a plugin of its own distribution and return the environment that has it."""

    def plant(source: str, name: str = "bad", entry: str | None = None) -> Env:
        write_plugin(tmp_path / "site", source, name, entry)
        return on_path(tmp_path / "site")

    return plant


def write_plugin(site: Path, source: str, name: str, entry: str | None = None) -> None:
    """Write what an installer leaves of the distribution ``ess-NAME`` with one plugin."""
    info = site / f"ess_{name}-0.1.dist-info"
    info.mkdir(parents=True)
    (site / f"{name}_plugin.py").write_text(source)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: ess-{name}\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(f"[ess.plugins]\n{entry or f'{name} = {name}_plugin'}\n")
