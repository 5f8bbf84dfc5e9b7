"""Work that no worker can do is done on the master, and a line says why."""

import pytest

from ess_core.nodes import active
from ess_plugins.workers import engine, executor
from tests.ess_plugins.workers.days import DAYS, STAYS

STREAM = ("stream", "days", "*", "2014-01-02", "head -1 | cut -d, -f1")


@pytest.fixture
def days(days, monkeypatch):
    """Workers are active, and must not be asked for anything."""
    monkeypatch.setattr(engine, "running", lambda *_: pytest.fail("the workers were asked"))
    return days


def stays(done, *why):
    """It was done here, and that is what was said."""
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == DAYS[:2]
    assert done.stderr.splitlines() == [f"{STAYS}{one}" for one in why]


def test_without_the_extra_it_is_named(days, monkeypatch):
    monkeypatch.setattr(executor, "find_spec", lambda _name: None)
    stays(days.here(*STREAM), "`pip install 'essentia-aws[workers]'` brings what they need")


def test_without_scratch_its_setting_is_named(days):
    days.conf.write_text(days.sandbox.conf_without_data)
    stays(days.here(*STREAM), "set scratch in [Data] to where they may leave files for it")


def test_without_scratch_a_bucket_can_be_written_to_all_the_same(days, nodes, monkeypatch):
    days.conf.write_text(days.sandbox.conf_without_data)
    monkeypatch.setattr(engine, "running", nodes.running)
    done = days.here(*STREAM, "--s3out", f"s3://{days.bucket}/ess-scratch/out")
    assert done.stderr == f"2 files written to s3://{days.bucket}/ess-scratch/out\n"


def test_a_folder_of_the_master_is_named(days, ess):
    (ess.cwd / "logs").mkdir()
    for day in DAYS[:2]:
        (ess.cwd / f"logs/{day}.csv").write_text(f"{day},1\n")
    assert days.here("select", "local", ess.cwd).returncode == 0
    days.add("days", "logs/*", "--columnspec", "S:day I:line")
    stays(days.here(*STREAM, "--label", "local"), f"they cannot reach file://{ess.cwd}")
    done = days.here("query", "select count(*) from days", "--label", "local", "-f", "tsv")
    assert done.stderr.splitlines()[0] == f"{STAYS}they cannot reach file://{ess.cwd}"


def test_master_is_taken_at_its_word(days):
    stays(days.here(*STREAM, "--master"), "--master")


def test_this_machine_is_what_instance_local_makes_of_it_without_a_word(days):
    assert days.here("instance", "local").stderr == "work runs on this machine\n"
    stays(days.here(*STREAM))


def test_without_the_plugin_it_is_done_here(days, monkeypatch):
    monkeypatch.setenv("ESS_BLOCK_PLUGINS", "workers")
    active.write(active.Active("ec2", cluster="c"))
    stays(days.here(*STREAM))


def test_temporary_keys_cannot_be_lent_which_is_said_with_the_way_out(days, nodes, monkeypatch):
    given = days.sandbox.client("sts").get_session_token()["Credentials"]
    monkeypatch.setattr(engine, "running", nodes.running)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", given["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", given["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", given["SessionToken"])
    days.conf.write_text(f"[AWS]\nregion: us-east-1\n[Data]\nscratch: s3://{days.bucket}/tmp\n")
    stays(
        days.here(*STREAM),
        "workers have no role, and temporary keys such as ours cannot be lent; set iam_instance_profile in "
        "[EC2], so that workers have a role of their own; or --master",
    )


def test_what_has_nothing_to_do_asks_no_worker(days):
    done = days.here("query", "select 1 as one", "-f", "tsv")
    assert (done.returncode, done.stderr) == (0, "")


def test_doctor_says_whether_files_can_be_left(days):
    def said():
        [row] = [one for one in days.here("doctor", "-f", "tsv").stdout.splitlines() if "scratch" in one]
        return row.split("\t")

    assert said()[:3] == ["ok", "workers scratch", f"files can be left in s3://{days.bucket}/tmp"]
    assert days.keys("tmp/") == {}
    days.conf.write_text(days.sandbox.conf_without_data + "[Data]\nscratch: s3://there-is-none/tmp\n")
    assert said()[0] == "failed"
    days.conf.write_text(days.sandbox.conf_without_data)
    assert said()[0] == "note"
    assert said()[2].startswith(
        "not set, so that work which leaves files stays on this machine; set scratch in"
    )
