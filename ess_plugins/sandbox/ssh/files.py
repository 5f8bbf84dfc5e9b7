"""sftp and scp into a host's HOME."""

import os
from pathlib import Path

import asyncssh

_TMP = b"/tmp"


class Files(asyncssh.SFTPServer):
    """Relative paths start at HOME; what leads out of HOME, and of ``tmp`` where there is one, is refused."""

    def __init__(self, channel: "asyncssh.SSHServerChannel[bytes]", home: Path, tmp: Path | None) -> None:
        super().__init__(channel)
        self._home = os.fsencode(home.resolve())
        self._tmp = os.fsencode(tmp.resolve()) if tmp else b""

    def exit(self) -> None:
        """Say that all went well, as sshd's own does: scp looks at the exit status."""
        self.channel.exit(0)

    def map_path(self, path: bytes) -> bytes:
        """The path on disk of what the client calls ``path``."""
        full = os.path.normpath(os.path.join(self._home, path))
        root = self._home
        if self._tmp and _within(full, _TMP) and not _within(full, self._home):
            root, full = self._tmp, self._tmp + full.removeprefix(_TMP)
        parent = os.path.realpath(os.path.dirname(full)) if full != root else full
        if not _within(parent, root):
            raise asyncssh.SFTPPermissionDenied("a sandbox's worker gives and takes files in its HOME only")
        return full


def _within(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder + b"/")
