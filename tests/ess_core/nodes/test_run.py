"""A remote command with our streams: binary-clean, bounded, and ended by whatever ends us."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ess_core.nodes.worker import Login
from tests.fixtures.processes import alive
from tests.fixtures.ssh import Fleet, Node
from tests.fixtures.waiting import until

PROGRAM = """
import sys
from pathlib import Path
from ess_core import interrupts
from ess_core.errors import EssError
from ess_core.nodes import ssh
from ess_core.nodes.worker import Login
interrupts.install()
host, port, pem, known_hosts, command = sys.argv[1:6]
try:
    code = ssh.run(Login(host, int(port), pem=Path(pem), known_hosts=Path(known_hosts), alias="i-1"), command)
except interrupts.Interrupted as error:
    code = error.exit_code
except BrokenPipeError:
    code = 141
except EssError as error:
    print(f"ess: {error}", file=sys.stderr)
    code = 1
if sys.argv[6:]:
    print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0], file=sys.stderr)
sys.exit(code)
"""


def argv(login: Login, command: str, *more: str) -> list[str]:
    where = (login.host, str(login.port), str(login.pem), str(login.known_hosts))
    return [sys.executable, "-c", PROGRAM, *where, command, *more]


def run(login: Login, command: str, stdin: bytes = b"", *more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        argv(login, command, *more), input=stdin, capture_output=True, timeout=60, check=False
    )


@pytest.fixture
def node(fleet: Fleet) -> Node:
    return fleet.node().start()


def test_both_output_streams_and_the_exit_code_are_passed_on(node: Node):
    done = run(node.login(), "echo out; echo err >&2; exit 7")
    assert (done.stdout, done.stderr, done.returncode) == (b"out\n", b"err\n", 7)


def test_a_command_ended_by_a_signal_exits_as_in_a_shell(node: Node):
    assert run(node.login(), "kill -TERM $$").returncode == 128 + signal.SIGTERM


def test_every_byte_passes_both_ways_unchanged(node: Node):
    data = bytes(range(256)) * 20_000
    done = run(node.login(), "cat", data)
    assert done.stderr == b""
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(data).digest()


def test_many_megabytes_to_a_slow_reader_need_little_memory(node: Node, tmp_path: Path):
    size = 60_000_000
    (tmp_path / "big").write_bytes(b"\0" * size)
    with open(tmp_path / "big", "rb") as big:
        process = subprocess.Popen(
            argv(node.login(), f"cat; head -c {size} /dev/zero", "memory"),
            stdin=big,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        time.sleep(1)
        assert process.stdout
        assert sum(map(len, iter(lambda: process.stdout.read(1 << 20), b""))) == 2 * size
        assert int(process.communicate()[1]) < 60_000, "kB"


def test_nothing_is_lost_when_the_command_ends_long_before_its_output_is_read(node: Node):
    size = 3_000_000
    process = subprocess.Popen(
        argv(node.login(), f"head -c {size} /dev/zero"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    until(lambda: bool(node.children) and not alive(node.children[0]))
    time.sleep(0.3)
    assert len(process.communicate()[0]) == size


def test_stdin_from_dev_null_and_a_closed_stdin_both_mean_no_input(node: Node):
    null = subprocess.run(
        argv(node.login(), "cat; echo end"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )
    closed = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *argv(node.login(), "cat; echo end")],
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert null.stdout == closed.stdout == b"end\n"
    assert (closed.returncode, closed.stderr) == (0, b"")


def test_output_to_a_file_and_to_a_closed_stdout_works(node: Node, tmp_path: Path):
    with open(tmp_path / "out", "wb") as out:
        subprocess.run(argv(node.login(), "echo hello"), stdout=out, stdin=subprocess.DEVNULL, check=True)
    assert (tmp_path / "out").read_bytes() == b"hello\n"
    shell = ["sh", "-c", 'exec "$@" >&-', "sh", *argv(node.login(), "echo hello; exit 3")]
    done = subprocess.run(shell, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (3, b"")


def test_a_command_that_leaves_its_input_unread_still_ends_well(node: Node):
    done = run(node.login(), "head -c 3", b"x" * 5_000_000)
    assert (done.stdout, done.stderr, done.returncode) == (b"xxx", b"", 0)


def test_it_does_not_wait_for_stdin_once_the_command_has_ended(node: Node):
    process = subprocess.Popen(argv(node.login(), "echo hi"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.wait(20) == 0
    process.communicate()


def test_a_closed_stdout_pipe_is_a_broken_pipe_and_ends_the_command(node: Node):
    process = subprocess.Popen(
        argv(node.login(), "yes"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdout.read(4) == b"y\ny\n"
    process.stdout.close()
    assert process.wait(20) == 141
    assert process.stderr
    assert process.stderr.read() == b""
    process.stderr.close()
    until(lambda: not alive(node.children[0]))


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_remote_command_quietly(node: Node, signum: signal.Signals):
    process = subprocess.Popen(
        argv(node.login(), "echo ready; sleep 600"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signum)
    assert process.wait(5) == 128 + signum
    assert process.communicate()[1] == b""
    until(lambda: not alive(node.children[0]))
    assert node.signals == ["TERM"], "a server need not end a command whose channel is closed"


def test_a_signal_ends_it_even_while_nobody_reads_its_output(node: Node):
    process = subprocess.Popen(
        argv(node.login(), "yes"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    until(lambda: bool(node.children))
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 143
    assert process.communicate()[1] == b""


def test_a_lost_connection_is_an_error_and_not_an_exit_code(node: Node, fleet: Fleet):
    process = subprocess.Popen(
        argv(node.login(), "echo ready; sleep 600"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    process.stdout.readline()
    node.stop()
    assert process.wait(10) == 1
    assert b"the connection broke" in process.communicate()[1]


def test_a_full_disk_is_said(node: Node):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            argv(node.login(), "echo x"),
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, b"ess: cannot write the output: No space left on device\n")


def test_stdin_and_stdout_stay_in_blocking_mode(node: Node):
    reader, writer = os.pipe()
    done = subprocess.Popen(argv(node.login(), "cat"), stdin=reader, stdout=subprocess.PIPE)
    time.sleep(0.6)
    assert os.get_blocking(reader)
    os.close(writer)
    done.communicate(timeout=20)
    os.close(reader)


def test_what_it_leaves_open_does_not_grow(node: Node, capfd: pytest.CaptureFixture[str]):
    from ess_core.nodes import ssh

    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        assert ssh.run(node.login(), "exit 4") == 4
    assert len(os.listdir("/proc/self/fd")) <= before + 1
