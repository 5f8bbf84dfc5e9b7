"""`ess sandbox …` as a user types it."""

import json
import os
import re
import signal
import subprocess

import pytest

from ess_plugins.sandbox import control, state
from tests.fixtures.processes import alive
from tests.fixtures.waiting import until

CONF = """\
[EC2]
aws_credential: credential_file
use_private_ip: False
instance_tag: Essentia Worker Node
instance_type:  m3.medium
instance_count: 2
key_name: pem_file
security_groups: essentia-access
username: ec2-user
ssh_port: {port}
region: us-east-1
ttl: 24h
iam_instance_profile: essentia-worker

[Redshift]
cluster: essentia-warehouse
database: dev
user: admin
iam_role: arn:aws:iam::123456789012:role/essentia-redshift
staging: s3://essentia-samples/staging

[Data]
scratch: s3://essentia-scratch
"""


def test_start_status_env_and_stop(ess):
    where = ess.cwd / "ess-sandbox"
    try:
        started = ess("sandbox", "start", "--pending=0.1", "--boot=0")
        assert started.returncode == 0, started.stderr
        running = state.find(where)
        assert started.stdout.splitlines() == [
            f"export AWS_ENDPOINT_URL={running.ready.endpoint}",
            "export AWS_EC2_METADATA_DISABLED=true",
            f"export ESS_CONF={where}/instance.conf",
            f"export ESS_HOME={where}/.sandbox/home",
            f"export SSL_CERT_FILE={where}/.sandbox/trusted.pem",
        ]
        assert "commands on its workers run as real processes of this user" in started.stderr
        assert (where / "instance.conf").read_text() == CONF.format(port=running.ready.ssh_port)
        assert (
            (where / "credential_file.csv")
            .read_text()
            .startswith("User Name,Access Key Id,Secret Access Key\n")
        )

        again = ess("sandbox", "start")
        assert (again.returncode, again.stdout) == (2, "")
        assert (
            again.stderr == f"ess: a sandbox runs in {where} already\nhint: ess sandbox stop --dir {where}\n"
        )

        shown = json.loads(ess("sandbox", "status", "-f", "json").stdout)
        assert (shown["endpoint"], shown["instances"]) == (running.ready.endpoint, 0)
        assert ess("sandbox", "env").stdout == started.stdout

        script = 'eval "$(ess sandbox env)" && ess s3 ls'
        env = {**ess.env, "PATH": f"{os.path.dirname(str(control.sys.executable))}:{os.environ['PATH']}"}
        shell = subprocess.run(["sh", "-c", script], env=env, cwd=ess.cwd, capture_output=True, text=True)
        assert "essentia-samples" in shell.stdout, shell.stderr

        (where / "mine.txt").write_text("x")
        stopped = ess("sandbox", "stop")
        assert stopped.returncode == 0
        assert stopped.stderr.endswith("not the sandbox's own, so still in ess-sandbox: mine.txt\n")
        assert [path.name for path in where.iterdir()] == ["mine.txt"]
    finally:
        if state.is_ours(where):
            control.stop(where)


@pytest.mark.parametrize("command", ["stop", "status", "env"])
def test_without_a_sandbox_the_hint_says_how_to_start_one(ess, command):
    done = ess("sandbox", command)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == f"ess: no sandbox runs in {ess.cwd}/ess-sandbox\nhint: ess sandbox start\n"


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "1e9", ""])
def test_a_time_that_is_none_is_refused(ess, value):
    done = ess("sandbox", "start", f"--pending={value}")
    assert done.returncode == 2
    assert "is not a number of seconds up to 3600" in done.stderr
    assert not (ess.cwd / "ess-sandbox").exists()


def test_a_folder_that_cannot_be_made_is_an_error(ess):
    (ess.cwd / "file").write_text("x")
    done = ess("sandbox", "start", "--dir", "file/below")
    assert done.returncode in (1, 2)
    assert len(done.stderr.splitlines()) == 2
    assert "Traceback" not in done.stderr


def test_an_interrupted_start_leaves_nothing(ess):
    start = ess.start("sandbox", "start")
    until(lambda: (ess.cwd / "ess-sandbox" / ".sandbox" / "log").exists())
    os.killpg(start.pid, signal.SIGINT)
    start.communicate(timeout=20)
    assert start.returncode == 130
    assert list(ess.cwd.iterdir()) == []


def steps(shown):
    return [line for line in shown.splitlines() if line.startswith("$ ess ")]


def demo_folders(tmp_path):
    return [path.name for path in tmp_path.iterdir() if path.name.startswith("ess-demo-")]


@pytest.mark.timeout(400)
def test_the_demo_walks_the_whole_tour_and_cleans_up(ess, tmp_path):
    done = ess("sandbox", "demo", env={"TMPDIR": str(tmp_path)}, timeout=360)
    assert done.returncode == 0, done.stdout + done.stderr
    words = [line.removeprefix("$ ess ") for line in steps(done.stdout)]
    assert words[:11] == [
        "instance ec2 create --number=2",
        "instance ec2 list",
        "instance status",
        "instance ec2 ssh 1 -- hostname",
        "exec hostname",
        "s3 ls",
        "s3 ls essentia-samples",
        "select s3://essentia-samples",
        "category add orders 'orders_*'",
        """stream orders '*' '*' 'echo "$(hostname): $ESS_FILE has $(wc -l) lines"'""",
        "category rejects orders",
    ]
    assert words[11].startswith("query 'select ")
    assert words[12:16] == [
        "redshift list",
        "redshift gentable orders orders --key 'country = distkey'",
        *["redshift stream orders '*' '*' orders"] * 2,
    ]
    assert words[16].startswith("redshift sql 'select ")
    assert words[17:] == ["instance ec2 terminate all"]
    lines = re.findall(r"^(ip-127-1-\d+-\d+): (orders_2026-01-0\d.csv.gz) has 201 lines$", done.stdout, re.M)
    assert [file for _, file in lines] == [f"orders_2026-01-0{day}.csv.gz" for day in (1, 2, 3)]
    assert len({host for host, _ in lines}) == 2, "both workers had something to do"
    assert "work is done on this machine" not in done.stderr
    assert "\n600 rows were read: 599 are loaded, 1 rejected." in done.stdout
    assert "3 files of orders were loaded before" in done.stderr
    assert "amount: 'n/a' is not a number" in done.stdout
    assert "\ninstance_type:  m3.medium\n" in done.stdout
    assert "2 workers are running and let ess log in." in done.stdout
    assert "0 workers are left." in done.stdout
    assert "\033" not in done.stdout
    assert demo_folders(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_cleans_up(ess, tmp_path, signum):
    demo = ess.start("sandbox", "demo", env={"TMPDIR": str(tmp_path)})
    until(lambda: list(tmp_path.glob("ess-demo-*/ess-sandbox/.sandbox/state.json")))
    (folder,) = tmp_path.glob("ess-demo-*/ess-sandbox")
    supervisor = state.find(folder).supervisor
    os.killpg(demo.pid, signum)
    demo.communicate(timeout=30)
    assert demo.returncode == 128 + signum
    assert not alive(supervisor)
    assert demo_folders(tmp_path) == []


@pytest.mark.slow
def test_a_step_that_fails_fails_the_demo_which_still_cleans_up(ess, tmp_path):
    done = ess("sandbox", "demo", env={"TMPDIR": str(tmp_path), "ESS_BLOCK_PLUGINS": "s3"}, timeout=120)
    assert done.returncode == 1
    assert "`ess s3 ls` failed with exit code 2" in done.stderr
    assert demo_folders(tmp_path) == []
