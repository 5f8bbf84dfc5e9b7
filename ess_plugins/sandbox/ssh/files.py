"""sftp and scp into a host's HOME."""

import os
from pathlib import Path

import asyncssh


class Files(asyncssh.SFTPServer):
    """Relative paths start at HOME; what leads out of HOME is refused."""

    def __init__(self, channel: "asyncssh.SSHServerChannel[bytes]", home: Path) -> None:
        super().__init__(channel)
        self._home = os.fsencode(home.resolve())

    def exit(self) -> None:
        """Say that all went well, as sshd's own does: scp looks at the exit status."""
        self.channel.exit(0)

    def map_path(self, path: bytes) -> bytes:
        """The path on disk of what the client calls ``path``."""
        full = os.path.normpath(os.path.join(self._home, path))
        parent = os.path.realpath(os.path.dirname(full)) if full != self._home else full
        if parent != self._home and not parent.startswith(self._home + b"/"):
            raise asyncssh.SFTPPermissionDenied("a sandbox's worker gives and takes files in its HOME only")
        return full
