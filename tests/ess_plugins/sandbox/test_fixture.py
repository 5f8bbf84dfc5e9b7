"""The promises that every other test builds on."""

import os
import socket
import subprocess
import sys

import pytest


def test_nothing_leaves_this_machine_from_the_tests():
    with pytest.raises(PermissionError, match=r"outside 127\.0\.0\.0/8"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_nothing_leaves_this_machine_from_a_child_python():
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "guard: '192.0.2.1' is outside 127.0.0.0/8" in done.stderr


def test_each_test_starts_with_an_empty_cloud(sandbox):
    assert sandbox.instances() == []
    assert sandbox.calls() == []


def test_ess_is_pointed_to_the_sandbox(sandbox, ess):
    assert ess.env["AWS_ENDPOINT_URL"] == sandbox.endpoint
    assert "AWS_ACCESS_KEY_ID" not in ess.env
    assert ess.env["ESS_HOME"] != os.path.expanduser("~/.ess")
