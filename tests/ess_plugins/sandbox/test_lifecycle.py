"""A sandbox leaves nothing behind, however it ends, and two do not disturb each other."""

import asyncio
import importlib
import os
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from ess_core import interrupts
from ess_core.errors import EssError, NothingMatchedError, UsageError
from ess_plugins.sandbox import control, folder, state
from ess_plugins.sandbox.api.keys import Keyring
from ess_plugins.sandbox.settings import Settings
from tests.ess_plugins.sandbox.conftest import IMAGE, login
from tests.fixtures.processes import alive
from tests.fixtures.sandbox import FAST, Sandbox
from tests.fixtures.waiting import until


@pytest.fixture
def started(tmp_path):
    """Start sandboxes below ``tmp_path``; whatever still runs afterwards is ended."""
    folders = []

    def start(name="ess-sandbox"):
        folders.append(tmp_path / name)
        return Sandbox(control.start(Settings(tmp_path / name, plan=FAST)))

    yield start
    for where in folders:
        if state.is_ours(where):
            control.stop(where)


def family(pid):
    """A process and all its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(grandchild for child in children for grandchild in family(int(child)))]


def worker(sandbox):
    """Launch one worker with a process on it that does not want to end; returns its address and that pid."""
    ec2 = sandbox.client("ec2")
    given = {"KeyName": "pem_file", "SecurityGroups": ["essentia-access"], "InstanceType": "m3.medium"}
    ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, **given)
    (running,) = until(lambda: [i for i in sandbox.instances() if i["state"] == "running"])
    ssh = until(lambda: once(sandbox, running["public_ip"]))
    return running["public_ip"], int(ssh)


def once(sandbox, address):
    async def run():
        async with login(sandbox, address) as connection:
            deaf = "trap '' TERM HUP INT; setsid env -i sleep 300 >/dev/null 2>&1 & echo $!"
            return (await connection.run(deaf)).stdout

    try:
        return asyncio.run(run())
    except OSError:
        return ""


def closed(address, port):
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) != 0


def test_stop_leaves_no_process_no_port_and_no_file(started, tmp_path):
    sandbox = started()
    address, pid = worker(sandbox)
    processes = [*family(sandbox.running.supervisor), pid]
    assert len(processes) >= 4
    assert control.stop(sandbox.folder) == []
    assert not any(alive(process) for process in processes)
    assert closed(address, sandbox.ssh_port)
    assert closed("127.0.0.1", int(sandbox.endpoint.rpartition(":")[2]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "victim",
    [
        "supervisor",
        *(
            pytest.param(f"ess_plugins.sandbox.{n}", marks=pytest.mark.slow)
            for n in ("api", "ssh", "redshift")
        ),
    ],
)
def test_whatever_is_killed_everything_ends(started, victim):
    sandbox = started()
    _, pid = worker(sandbox)
    processes = family(sandbox.running.supervisor)
    named = [p for p in processes if victim in Path(f"/proc/{p}/cmdline").read_text()]
    os.kill(named[0], signal.SIGKILL)
    until(lambda: not any(alive(process) for process in [*processes, pid]))


@pytest.mark.slow
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_supervisor_ends_everything_on_a_signal(started, signum):
    sandbox = started()
    processes = family(sandbox.running.supervisor)
    os.kill(sandbox.running.supervisor, signum)
    until(lambda: not any(alive(process) for process in processes))


@pytest.mark.slow
def test_after_a_crash_stop_and_start_find_the_folder_stale(started):
    sandbox = started()
    os.kill(sandbox.running.supervisor, signal.SIGKILL)
    until(lambda: not state.runs(sandbox.folder))
    with pytest.raises(NothingMatchedError, match="no sandbox runs in"):
        state.find(sandbox.folder)
    again = started()
    assert again.endpoint != sandbox.endpoint
    os.kill(again.running.supervisor, signal.SIGKILL)
    until(lambda: not state.runs(again.folder))
    assert control.stop(again.folder) == []
    assert not again.folder.exists()


@pytest.mark.slow
def test_a_reused_pid_is_left_alone(started):
    sandbox = started()
    os.kill(sandbox.running.supervisor, signal.SIGKILL)
    until(lambda: not state.runs(sandbox.folder))
    with subprocess.Popen(["sleep", "30"]) as innocent:
        known = sandbox.folder / ".sandbox" / "state.json"
        known.write_text(known.read_text().replace(str(sandbox.running.supervisor), str(innocent.pid)))
        control.stop(sandbox.folder)
        assert innocent.poll() is None
        innocent.kill()


def test_two_sandboxes_side_by_side_do_not_know_each_other(sandbox, started):
    first, second = sandbox, started("two")
    (address, pid), _ = worker(first), worker(second)
    assert first.ssh_port != second.ssh_port
    assert len(first.instances()) == len(second.instances()) == 1
    with pytest.raises(Exception, match="AuthFailure"):
        Sandbox(second.running).client("ec2", first.key).describe_instances()
    control.stop(second.folder)
    assert alive(pid)
    assert once(first, address)


def test_starting_twice_says_that_it_runs(sandbox):
    with pytest.raises(UsageError, match=r"a sandbox runs in .* already"):
        control.start(Settings(sandbox.folder))
    assert sandbox.client("sts").get_caller_identity()


@pytest.mark.slow
def test_of_two_that_start_at_once_in_one_folder_one_runs(tmp_path):
    where, outcomes = tmp_path / "box", []

    def start():
        try:
            outcomes.append(control.start(Settings(where, plan=FAST)))
        except EssError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert sorted(isinstance(outcome, EssError) for outcome in outcomes) == [False, True]
        assert state.find(where).supervisor
        assert (where / "instance.conf").is_file()
    finally:
        control.stop(where)


@pytest.mark.parametrize("what", ["a file", "a folder with a file", "a file in the way"])
def test_a_folder_of_the_users_is_refused_and_not_touched(tmp_path, what):
    mine = tmp_path / "mine" if what == "a file" else tmp_path / "mine" / "notes.txt"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("precious")
    where = mine / "sub" if what == "a file in the way" else tmp_path / "mine"
    with pytest.raises(EssError):
        control.start(Settings(where))
    assert mine.read_text() == "precious"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]


@pytest.mark.slow
def test_an_empty_folder_is_welcome(started, tmp_path):
    (tmp_path / "ess-sandbox").mkdir()
    assert started().conf.is_file()


def test_what_the_user_wrote_is_never_deleted(tmp_path):
    where = tmp_path / "box"
    folder.prepare(where)
    given = folder.UserFiles(Keyring().issue("ann"), "pem", "password", "authority")
    folder.write_user_files(Settings(where), state.Ready("http://127.0.0.1:1", 2, "x"), given)
    (where / "results.csv").write_text("a,b\n")
    (where / "sub").mkdir()
    (where / ".ess").mkdir()
    (where / ".ess" / "cluster").write_text("c-1\n")
    with (where / "instance.conf").open("a") as conf:
        conf.write("instance_tag: Mine\n")
    (where / "pem_file.pem").unlink()
    assert folder.remove(where) == ["instance.conf", "results.csv", "sub"]
    assert sorted(path.name for path in where.iterdir()) == ["instance.conf", "results.csv", "sub"]


@pytest.mark.slow
def test_stop_with_keep_leaves_the_files(started):
    sandbox = started()
    assert control.stop(sandbox.folder, keep=True) == []
    assert sandbox.conf.is_file()
    assert not state.runs(sandbox.folder)
    assert started().conf.is_file()


def test_stopping_what_is_no_sandbox_is_an_error_and_touches_nothing(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(NothingMatchedError, match="no sandbox runs in"):
        control.stop(tmp_path)
    assert (tmp_path / "file").is_file()


def test_secrets_are_in_private_files_only(sandbox):
    password = (sandbox.folder / folder.REDSHIFT_PASSWORD).read_text().strip()
    secrets = (sandbox.key.secret_access_key, sandbox.running.ready.secret, password)
    for path in (path for path in sandbox.folder.rglob("*") if path.is_file()):
        if any(secret in path.read_text(errors="replace") for secret in secrets):
            assert path.stat().st_mode & 0o077 == 0, path
    lines = folder.export_lines(sandbox.folder, sandbox.running.ready)
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    for secret in secrets:
        assert secret not in repr(sandbox.running) + str(lines) + listed


@pytest.mark.slow
def test_the_users_aws_configuration_changes_nothing(started, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "xx-nowhere-1")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "999999999999")
    assert started().door.counts() == {}


@pytest.mark.parametrize(
    "process", ["supervisor.py", "api/__main__.py", "ssh/__main__.py", "redshift/__main__.py"]
)
def test_every_process_of_it_is_guarded(process):
    (package,) = importlib.import_module("ess_plugins.sandbox").__path__
    _, _, started_as = Path(package, process).read_text().partition('if __name__ == "__main__":\n')
    assert started_as.lstrip().startswith("guard.install()\n")


def test_without_the_extra_the_hint_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EssError, match="moto, flask") as caught:
        control.start(Settings(tmp_path / "box"))
    assert caught.value.hint == "pip install 'essentia-aws[sandbox]'"
    assert not (tmp_path / "box").exists()


@pytest.mark.slow
def test_a_start_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(EssError, match="the sandbox did not start: ValueError: a plan has no nonsense"):
        control.start(Settings(tmp_path / "box", plan={"nonsense": 1}))
    assert list(tmp_path.iterdir()) == []


def test_a_signal_while_the_supervisor_is_started_leaves_nothing(tmp_path, monkeypatch):
    spawned = []

    def interrupted(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGTERM)
        spawned.append(popen(*args, **kwargs))
        return spawned[0]

    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(interrupts.Interrupted), interrupts.once():
        control.start(Settings(tmp_path / "box", plan=FAST))
    assert list(tmp_path.iterdir()) == []
    assert spawned[0].returncode is not None
