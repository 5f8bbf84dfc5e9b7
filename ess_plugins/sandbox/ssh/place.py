"""Where a host lives on disk, and the environment of its commands."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from ess_plugins.sandbox.hostspec import HostSpec
from ess_plugins.sandbox.processes import MARK, mark
from ess_plugins.sandbox.settings import USERNAME, Settings

SHELL = "/bin/bash" if os.access("/bin/bash", os.X_OK) else "/bin/sh"
LOGIN = [SHELL, "--norc"] if SHELL.endswith("bash") else [SHELL]
"""A shell to type at; the machine's own start-up files would give it the machine's name and paths."""


@dataclass(frozen=True)
class Place:
    """One host's own folder: HOME, where its commands start, a TMPDIR, and a ``hostname`` of its own."""

    sandbox: Settings
    spec: HostSpec

    @property
    def name(self) -> str:
        """What it calls itself."""
        return self.spec.name

    @property
    def root(self) -> Path:
        """The folder that holds all of it."""
        return self.sandbox.state / "hosts" / self.spec.instance_id

    @property
    def home(self) -> Path:
        """HOME of ec2-user there."""
        return self.root / "home"

    @property
    def tmp(self) -> Path:
        """TMPDIR there."""
        return self.root / "tmp"

    @property
    def shown_tmp(self) -> Path | None:
        """What sftp shows as ``/tmp``; nothing, as the commands of a worker see this machine's."""
        return self.tmp if self.sandbox.skeleton else None

    def environment(self) -> dict[str, str]:
        """The variables a command gets: none of the user's own but PATH and LANG.

        Those of AWS stand for what an instance finds by itself: AWS, and its metadata at 169.254.169.254.
        """
        return {
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.spec.metadata,
            "AWS_ENDPOINT_URL": self.spec.endpoint,
            MARK: mark(self.sandbox.folder, self.spec.instance_id),
            "HOME": str(self.home),
            "HOSTNAME": self.name,
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "LOGNAME": USERNAME,
            "PS1": f"[{USERNAME}@{self.name} \\W]$ ",
            "PATH": os.pathsep.join(self._path()),
            "SHELL": SHELL,
            "TMPDIR": str(self.tmp),
            "USER": USERNAME,
            **({"PYTHONPATH": self.sandbox.python_path} if self.sandbox.python_path else {}),
        }

    def _path(self) -> list[str]:
        skeleton = [str(Path(self.sandbox.skeleton) / "bin")] if self.sandbox.skeleton else []
        python = str(Path(sys.executable).resolve().parent)  # so that no worker looks for one to install
        return [str(self.root / "bin"), *skeleton, os.environ.get("PATH", os.defpath), python]


def make(sandbox: Settings, spec: HostSpec) -> Place:
    """Create the folders of a host; a host that was stopped finds its HOME as it left it."""
    place = Place(sandbox, spec)
    for folder in ("home", "tmp", "bin"):
        (place.root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    hostname = place.root / "bin" / "hostname"
    hostname.write_text(f"#!/bin/sh\necho {spec.name}\n")
    hostname.chmod(0o700)
    if sandbox.skeleton:
        shutil.copytree(Path(sandbox.skeleton) / "home", place.home, dirs_exist_ok=True)
    return place
