"""Warehouses of the sandbox, registered or to be registered."""

import contextlib
import json
import os
import socket

import pytest

from tests.ess_plugins.redshift.streaming import World

CLUSTER = "essentia-warehouse"


@pytest.fixture
def password(sandbox):
    """That of the master user."""
    return (sandbox.folder / "redshift_password").read_text().strip()


@pytest.fixture
def registered(sandbox, here):
    """The cluster, registered for its master user with temporary credentials."""
    done = here("redshift", "register", CLUSTER, "dev", "admin")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return CLUSTER


@pytest.fixture
def world(warehouse, here, tmp_path):
    """A folder for raw files, and the warehouse that the sandbox's conf names."""
    made = World(here, warehouse, tmp_path / "raw")
    yield made
    made.close()


@pytest.fixture
def rows(here):
    """Run SQL and return its rows as JSON has them."""

    def ask(sql, *options):
        done = here("redshift", "sql", sql, "-f", "ndjson", *options)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


@pytest.fixture
def conf(sandbox, here, monkeypatch):
    """Write a [Redshift] section into an instance.conf like the sandbox's, which has another, and use it."""

    def write(**values):
        path = sandbox.folder / "redshift.conf"
        lines = [f"{name}: {value}" for name, value in values.items()]
        rest = sandbox.conf.read_text().partition("[Redshift]")[0]
        path.write_text("\n".join([rest, "[Redshift]", *lines, ""]))
        monkeypatch.setenv("ESS_CONF", str(path))

    yield write
    (sandbox.folder / "redshift.conf").unlink(missing_ok=True)


@pytest.fixture
def silent():
    """Open a server on an address of loopback that takes connections and says nothing; returns its port."""
    with contextlib.ExitStack() as opened:

        def start(host):
            server = opened.enter_context(socket.create_server((host, 0)))
            return server.getsockname()[1]

        yield start


@pytest.fixture
def everything_kept(ess):
    """All bytes of the files in ESS_HOME."""

    def read():
        found = b""
        for folder, _, names in os.walk(ess.env["ESS_HOME"]):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    found += file.read()
        return found

    return read
