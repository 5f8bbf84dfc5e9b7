"""On a node, an environment is made of pushed wheels or of an index, whole or not at all."""

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import distribution
from importlib.resources import files

import pytest

from ess_plugins.workers import wheels

SCRIPT = files("ess_plugins.workers.node").joinpath("install.py").read_text("utf-8")


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("wheels")


@pytest.fixture
def small(cache, monkeypatch, tmp_path):
    """Wheels of a bundle that is quickly installed: pip, and two packages of which one needs the other."""
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "ess-home"))
    found = [wheels.rebuilt(distribution(name), cache) for name in ("pip", "partd", "locket", "toolz")]
    return {path.name: path for path in found}


class Node:
    """HOME of a node, and the script run there."""

    def __init__(self, home, paths):
        self.root = home / ".ess" / "node"
        self.home = home
        self.paths = paths

    def do(self, what, **changes):
        wheels = {name: sha256(path.read_bytes()).hexdigest() for name, path in self.paths.items()}
        (pip,) = [name for name in wheels if name.startswith("pip-")]
        order = {"do": what, "digest": "d1", "pip": pip, "pins": None, "wheels": wheels, **changes}
        done = subprocess.run(
            [sys.executable, "-I", "-", json.dumps(order)],
            input=SCRIPT,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), **self.env},
            capture_output=True,
            text=True,
            check=True,
            timeout=100,
        )
        return json.loads(done.stdout.removeprefix("ess:answer "))

    env: dict[str, str] = {}  # noqa: RUF012 - a test sets its own

    def receive(self, *names):
        for name in names or self.paths:
            shutil.copy(self.paths[name], self.root / "wheels" / name)

    def runs(self, code):
        python = self.root / "d1" / "bin" / "python"
        return subprocess.run([python, "-I", "-c", code], check=False, capture_output=True).returncode == 0


@pytest.fixture
def node(tmp_path, small):
    (tmp_path / "home").mkdir()
    return Node(tmp_path / "home", small)


def test_wheels_that_are_not_there_or_not_whole_are_missing(node):
    assert node.do("missing") == list(node.paths)
    node.receive()
    assert node.do("missing") == []
    cut, *_ = node.paths
    (node.root / "wheels" / cut).write_bytes(b"PK")
    assert node.do("missing") == [cut]
    assert node.do("install") == {"error": f"did not arrive whole: {cut}"}
    assert not (node.root / "d1").exists()


def test_an_environment_is_made_once_without_an_index(node):
    node.do("missing")
    node.receive()
    (node.root / "wheels" / "old-1-py3-none-any.whl").touch()
    (node.root / "wheels" / "new-1-py3-none-any.whl.part").touch()
    assert node.do("install") == {"error": ""}
    assert (node.root / "d1" / "ready").stat().st_mode & 0o077 == 0
    assert node.runs("import partd, locket, toolz")
    assert not node.runs("import pip")
    assert sorted(path.name for path in (node.root / "wheels").iterdir()) == sorted(node.paths)
    before = (node.root / "d1" / "pyvenv.cfg").stat().st_ino
    assert node.do("install") == {"error": ""}
    assert (node.root / "d1" / "pyvenv.cfg").stat().st_ino == before


def test_what_a_killed_one_left_is_made_anew(node):
    node.do("missing")
    node.receive()
    half = node.root / "d1" / "lib"
    half.mkdir(parents=True)
    (half / "rubbish").touch()
    assert node.do("install") == {"error": ""}
    assert not (half / "rubbish").exists()
    assert node.runs("import partd")


def test_what_was_not_pushed_comes_from_an_index_in_the_version_named(node, tmp_path):
    """The index is a folder here: pip reads its own settings as on any machine."""
    index = tmp_path / "index"
    index.mkdir()
    for name in [name for name in node.paths if name.startswith(("locket-", "toolz-"))]:
        shutil.copy(node.paths.pop(name), index / name)
    node.env = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    node.do("missing")
    node.receive()
    pins = [f"{name}=={distribution(name).version}" for name in ("locket", "toolz")]
    assert node.do("install", pins=pins) == {"error": ""}
    assert node.runs("import partd, locket, toolz")


def test_why_it_cannot_be_installed_is_said_and_it_is_not_ready(node):
    node.env = {"PIP_NO_INDEX": "1"}
    node.do("missing")
    node.receive()
    answer = node.do("install", pins=["absent==1.0"])
    assert answer == {"error": "ERROR: No matching distribution found for absent==1.0"}
    assert not (node.root / "d1" / "ready").exists()
