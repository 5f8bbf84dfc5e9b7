"""Python is found on a node, else got: from its package manager, else with uv.

The package managers, sudo, uv and curl are scripts here that note how they are called: what the real ones do
on an EC2 instance is not tried.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

from ess_plugins.workers import bundle

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
SCRIPT = files("ess_plugins.workers.node").joinpath("find_python.sh").read_text("utf-8")
PYTHON = os.path.realpath(sys.executable)
NEEDED = ("cat", "cut", "env", "ln", "mkdir", "sh", "tail")
BRINGS_PYTHON = f'ln -s {PYTHON} "$BIN/python{VERSION}"'


@dataclass
class Node:
    """A machine that has what a test puts on its PATH."""

    folder: Path

    def has(self, name: str, script: str = "", notes: bool = True) -> "Node":
        """Put a command there, which notes its arguments."""
        note = f'echo "{name} $*" >>"$BIN/../called"\n' if notes else ""
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{note}{script}\n")
        path.chmod(0o755)
        return self

    def has_python(self, name: str) -> "Node":
        (self.folder / "bin" / name).symlink_to(PYTHON)
        return self

    def look(self, digest: str = "d1", version: str = VERSION) -> dict[str, str]:
        """What the script tells."""
        done = subprocess.run(
            ["/bin/sh", "-s", "--", digest, version],
            input=SCRIPT,
            env={"PATH": str(self.folder / "bin"), "HOME": str(self.home), "BIN": str(self.folder / "bin")},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        lines = [line.removeprefix("ess:").partition(" ") for line in done.stdout.splitlines()]
        return {name: value for name, _, value in lines}

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def called(self) -> list[str]:
        file = self.folder / "called"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A machine with a shell and no Python, whose user may become root."""
    for name in ("bin", "home"):
        (tmp_path / name).mkdir()
    for name in NEEDED:
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or name)
    return Node(tmp_path).has("id", "echo 1000", notes=False).has("sudo", 'shift; "$@"', notes=False)


def test_what_is_there_is_taken(node):
    told = node.has_python(f"python{VERSION}").has("dnf").look()
    assert told["python"] == str(node.folder / "bin" / f"python{VERSION}")
    assert told["platform"] == bundle.platform()
    assert told["ready"] == "no"
    assert node.called == []


def test_python3_will_do_where_it_is_of_the_version(node):
    assert node.has_python("python3").look()["python"] == str(node.folder / "bin" / "python3")


def test_one_of_another_version_or_that_does_not_run_is_passed_over(node):
    node.has_python("python3").has("python3.99", "exit 1", notes=False)
    assert "python" not in node.look(version="3.99")


def test_a_node_that_is_ready_is_not_looked_at_further(node):
    (node.home / ".ess" / "node" / "d1").mkdir(parents=True)
    (node.home / ".ess" / "node" / "d1" / "ready").touch()
    assert node.has("dnf").look()["ready"] == "yes"
    assert node.look(digest="d2")["ready"] == "no"


@pytest.mark.parametrize("manager", ["dnf", "yum"])
def test_the_systems_package_manager_is_asked(node, manager):
    assert "python" in node.has(manager, BRINGS_PYTHON).look()
    assert node.called == [f"{manager} -y install python{VERSION}"]


def test_apt_is_asked_for_what_it_has(node):
    without_venv = f'case "$*" in *venv*) exit 100;; *install*) {BRINGS_PYTHON};; esac'
    assert "python" in node.has("apt-get", without_venv).look()
    assert node.called == [
        "apt-get -y update",
        f"apt-get -y install python{VERSION} python{VERSION}-venv",
        f"apt-get -y install python{VERSION}",
    ]


def test_uv_is_asked_where_the_package_manager_has_none(node):
    uv = f'case "$2" in install) {BRINGS_PYTHON.replace("$BIN/", "$UV_PYTHON_INSTALL_DIR.")};; '
    uv += f'find) echo "$UV_PYTHON_INSTALL_DIR.python{VERSION}";; esac'
    told = node.has("dnf", "exit 1").has("uv", uv).look()
    assert told["python"] == f"{node.home}/.ess/node/python.python{VERSION}"
    assert node.called == [
        f"dnf -y install python{VERSION}",
        f"uv python install {VERSION}",
        f"uv python find {VERSION}",
    ]
    assert node.look(digest="d2")["python"] == told["python"], "it is found again without uv"
    assert len(node.called) == 3


INSTALLER = """cat <<'END'
mkdir -p "$UV_INSTALL_DIR"
printf '#!/bin/sh\\nln -s {python} "$HOME/its"; echo "$HOME/its"\\n' >"$UV_INSTALL_DIR/uv"
chmod 755 "$UV_INSTALL_DIR/uv"
END
"""


def test_uv_itself_is_fetched_where_it_is_not_there(node):
    (node.folder / "bin" / "chmod").symlink_to(shutil.which("chmod") or "")
    node.has("curl", INSTALLER.replace("{python}", PYTHON))
    assert node.look()["python"] == f"{node.home}/its"
    assert node.called == ["curl -LsSf https://astral.sh/uv/install.sh"]


def test_half_an_installer_is_not_run(node):
    node.has("curl", f"echo 'echo harm >{node.folder}/harm'; exit 18")
    assert "python" not in node.look()
    assert not (node.folder / "harm").exists()


def test_a_node_with_none_says_what_was_tried_last(node):
    told = node.has("dnf", "echo no such package >&2; exit 1").has("uv", "echo no network >&2; exit 2").look()
    assert "python" not in told
    assert told["tried"] == "no network"


def test_what_needs_a_password_is_not_waited_for(node):
    node.has("sudo", 'echo "sudo: a password is required" >&2; exit 1').has("dnf").has("uv", "exit 1")
    node.look()
    assert node.called == [f"sudo -n dnf -y install python{VERSION}", f"uv python install {VERSION}"]
