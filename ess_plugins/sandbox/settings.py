"""How a sandbox is started: plain data that travels from `ess sandbox start` to its processes."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

USERNAME = "ec2-user"
"""The only name that the SSH hosts know."""
PROFILE = "essentia-worker"
"""The instance profile of workers, and its role."""
SCRATCH = "essentia-scratch"
"""The bucket for what workers leave for the master."""
STATE = ".sandbox"
"""The folder inside a sandbox's folder that is wholly the sandbox's own."""
RESERVED = "127.1.255.254"
"""No instance gets this address; a socket bound there keeps the SSH port for one sandbox."""


@dataclass(frozen=True)
class Settings:
    """``folder`` is absolute; ``plan`` holds the times (seconds) that differ from the defaults.

    ``ssh_port`` 0 is any free one. ``skeleton`` is a folder that makes workers look like another machine: its
    ``bin`` comes first on their PATH, its ``home`` is copied into HOME, and sftp's ``/tmp`` is their TMPDIR.
    ``python_path`` is the PYTHONPATH of what they run.
    """

    folder: Path
    region: str = "us-east-1"
    plan: dict[str, Any] = field(default_factory=dict)
    ssh_port: int = 0
    skeleton: str = ""
    python_path: str = ""

    @property
    def state(self) -> Path:
        """Where the sandbox keeps what is its own."""
        return self.folder / STATE

    def encode(self) -> str:
        """One argument for a child process."""
        return json.dumps({**asdict(self), "folder": str(self.folder)})

    @staticmethod
    def decode(text: str) -> "Settings":
        """The settings of such an argument."""
        given = json.loads(text)
        return Settings(**{**given, "folder": Path(given["folder"])})
