"""The embedded PostgreSQL: one data folder below the sandbox's, one unix socket in it, no port."""

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from ess_core.errors import EssError
from ess_plugins.sandbox.redshift import binaries, launcher
from ess_plugins.sandbox.redshift.wire.client import Client
from ess_plugins.sandbox.redshift.wire.messages import RefusedError

OWNER = "rdsdb"
"""The role that owns everything the sandbox itself makes, as in Redshift."""
TEMPLATE, ADMIN = "template1", "postgres"
"""The database that all others are copies of, and the one that nobody works in."""
_NOBODY = 65534
_SOCKET = ".s.PGSQL.5432"
_START_S, _END_S, _PAUSE_S = 60.0, 5.0, 0.01
_LOGS = ("load_errors", "load_commits", "queries", "unloads")
_CATALOG = Path(__file__).with_name("catalog.sql")
_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_directories": ".",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "log_min_messages": "panic",
    "timezone": "UTC",
}


class Postgres:
    """Not started yet. The folder is reached by a descriptor, since no user but its own may look into it,
    nor into the folders above, and since the path of a unix socket may not be long.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._folder = state / "postgres"
        self._process: subprocess.Popen[bytes] | None = None
        self._descriptor = -1
        self._uid = _NOBODY if os.getuid() == 0 else os.getuid()
        self.started = threading.Event()
        self.failure = ""

    def run(self) -> None:
        """Start the server and return when it has ended; it ends with the thread that calls this.

        ``started`` is set when it serves, or when ``failure`` says why it does not.
        """
        try:
            self._start()
        except EssError as error:
            self.failure = ". ".join(filter(None, [str(error), error.hint]))
            return
        finally:
            self.started.set()
        if self._process:
            self._process.wait()

    def end(self) -> None:
        """End the server, if it runs; its data goes with the sandbox's folder."""
        if self._process:
            with suppress(ProcessLookupError):
                self._process.send_signal(launcher.END_SIGNAL)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_S)
        binaries.forget_copy(self._state)

    def connect(self) -> socket.socket:
        """A new connection to the server. Raises OSError."""
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(f"{self._inside}/data/{_SOCKET}")
        except BaseException:
            sock.close()
            raise
        return sock

    def log(self, name: str) -> Path:
        """The file behind a system table of the catalog."""
        return Path(self._inside, "data", f"ess_{name}.jsonl")

    @property
    def _inside(self) -> str:
        return f"/proc/self/fd/{self._descriptor}"

    def _start(self) -> None:
        """Make the data folder, start the server and give its template database Redshift's catalog."""
        programs = binaries.find()
        if os.getuid() == 0:
            programs = binaries.reachable(programs, self._state)
        self._folder.mkdir(mode=0o700)
        os.chown(self._folder, self._uid, -1)
        self._descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        settings = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
        made = self._spawn(programs / "initdb", "-D", f"{self._inside}/data", "-U", OWNER, *settings)
        if made.wait():
            raise EssError("the sandbox's PostgreSQL cannot make its data folder")
        options = [word for name, value in _OPTIONS.items() for word in ("-c", f"{name}={value}")]
        self._process = self._spawn(programs / "postgres", "-D", f"{self._inside}/data", *options)
        self._await_socket(self._process)
        self._install_catalog()

    def _spawn(self, program: Path, *arguments: str) -> "subprocess.Popen[bytes]":
        runner = [sys.executable, "-I", "-S", launcher.__file__, str(self._uid), str(os.getpid())]
        return subprocess.Popen(
            [*runner, str(program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(self._descriptor,),
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            cwd="/",
        )

    def _await_socket(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and process.poll() is None:
            try:
                Client(self.connect(), OWNER, TEMPLATE).close()
            except (OSError, RefusedError):
                time.sleep(_PAUSE_S)
            else:
                return
        raise EssError("the sandbox's PostgreSQL does not start")

    def _install_catalog(self) -> None:
        for name in _LOGS:
            self.log(name).touch(mode=0o644)
            self.log(name).chmod(0o644)
        with Client(self.connect(), OWNER, TEMPLATE) as client:
            client.query(_CATALOG.read_text("utf-8"))
