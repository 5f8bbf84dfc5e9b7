"""Workers that end themselves: how long, by what means, and that it is said where it can be seen."""

import base64
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from email import message_from_string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_plugins.ec2 import durations, lifetime
from tests.ess_plugins.ec2.conftest import set_conf

EXPIRES = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
ANALYZE = shutil.which("systemd-analyze")
NEEDS_SYSTEMD = pytest.mark.skipif(not ANALYZE, reason="systemd-analyze is not installed here")


@given(
    st.timedeltas(durations.SHORTEST, durations.LONGEST).map(
        lambda t: timedelta(seconds=t // timedelta(seconds=1))
    )
)
def test_what_is_spelled_is_read_as_the_same_time(time):
    assert durations.parse(durations.spell(time)) == time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("90s", timedelta(seconds=90)),
        ("90m", timedelta(hours=1.5)),
        ("24h", timedelta(1)),
        ("7d", timedelta(7)),
    ],
)
def test_seconds_minutes_hours_and_days(text, time):
    assert durations.parse(text) == time


def test_for_ever_is_a_time_too():
    assert durations.parse("none") == durations.NEVER
    assert durations.spell(durations.NEVER) == durations.spell(None) == "none"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("24", "is not a time such as"),
        ("h", "is not a time such as"),
        ("1.5h", "is not a time such as"),
        ("-1h", "is not a time such as"),
        ("24 h", "is not a time such as"),
        ("24H", "is not a time such as"),
        ("1h30m", "is not a time such as"),
        ("\u0663h", "is not a time such as"),
        ("59s", "is less than a minute"),
        ("0d", "is less than a minute"),
        ("999999999d", "is more than ten years"),
    ],
)
def test_anything_else_is_refused(text, fault):
    with pytest.raises(ValueError, match=fault):
        durations.parse(text)


def _installed(tmp_path, expires):
    """What the script does on a machine, with a systemctl that only notes what it is told."""
    told = tmp_path / "told"
    told.touch()
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {told}\n')
    systemctl.chmod(0o755)
    script = lifetime.script(expires).replace(lifetime.FOLDER, str(tmp_path))
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    subprocess.run(["/bin/sh", "-e"], input=script, text=True, env=env, check=False)
    return told.read_text().splitlines()


def test_the_script_installs_the_timer_and_powers_off_only_when_it_is_too_late(tmp_path):
    usual = ["daemon-reload", "enable ess-expiry.timer", "--no-block start ess-expiry.timer"]
    assert _installed(tmp_path, datetime.now(UTC) + timedelta(hours=1)) == usual
    assert (tmp_path / "ess-expiry.service").read_text() == lifetime.SERVICE
    (tmp_path / "told").unlink()
    assert _installed(tmp_path, datetime.now(UTC) - timedelta(seconds=5)) == [*usual, "--no-block poweroff"]


@NEEDS_SYSTEMD
def test_systemd_has_nothing_to_say_against_the_units(tmp_path):
    _installed(tmp_path, EXPIRES)
    units = [tmp_path / "ess-expiry.service", tmp_path / "ess-expiry.timer"]
    done = subprocess.run([ANALYZE, "verify", *units], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "ess-expiry" in line]
    assert (done.returncode, said) == (0, [])


@NEEDS_SYSTEMD
def test_systemd_reads_the_time_as_it_is_meant():
    (time,) = re.findall(r"OnCalendar=(.*)", lifetime.timer(EXPIRES))
    done = subprocess.run([ANALYZE, "calendar", time], capture_output=True, text=True, check=True)
    assert "2031-02-03 04:05:06" in done.stdout


def _described(sandbox):
    ec2 = sandbox.client("ec2")
    (reservation,) = ec2.describe_instances()["Reservations"]
    (instance,) = reservation["Instances"]
    given = {
        name: ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute=name)
        for name in ("userData", "instanceInitiatedShutdownBehavior")
    }
    data = base64.b64decode(given["userData"]["UserData"].get("Value", "")).decode()
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    return (
        data,
        given["instanceInitiatedShutdownBehavior"]["InstanceInitiatedShutdownBehavior"]["Value"],
        tags,
    )


def test_a_worker_with_a_ttl_knows_when_to_end_and_says_so_in_a_tag(sandbox, create):
    before = datetime.now(UTC)
    assert create("--number=1", "--ttl=8h").returncode == 0
    data, on_shutdown, tags = _described(sandbox)
    expires = datetime.strptime(tags["ess:expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(0) <= expires - before - timedelta(hours=8) + timedelta(seconds=1) < timedelta(minutes=1)
    assert on_shutdown == "terminate"
    (hook,) = message_from_string(data).get_payload()
    assert hook.get_content_type() == "text/cloud-boothook"
    assert hook.get_payload(decode=True).decode() == lifetime.script(expires)


def test_without_a_ttl_nothing_ends_a_worker_and_one_line_says_so(sandbox, ess, create):
    conf = ess.cwd / "instance.conf"
    conf.write_text(conf.read_text().replace("ttl: 24h\n", ""))
    done = create("--number=1")
    (warning,) = [line for line in done.stderr.splitlines() if "warning" in line]
    assert warning.startswith("ess: warning: these workers run until you end them; `ttl: 24h`")
    data, on_shutdown, tags = _described(sandbox)
    assert (data, on_shutdown) == ("", "stop")
    assert "ess:expires" not in tags


def test_a_ttl_of_none_is_meant_so_and_not_warned_of(sandbox, create):
    done = create("--number=1", "--ttl=none")
    assert "warning" not in done.stderr
    assert "ess:expires" not in _described(sandbox)[2]


@pytest.mark.parametrize("word", ["8", "soon", "10s"])
def test_a_ttl_that_is_none_stops_everything(sandbox, create, word):
    done = create(f"--ttl={word}")
    assert done.returncode == 2
    assert f"'{word}' is " in done.stderr
    assert sandbox.calls() == []


def test_a_ttl_in_the_conf_is_checked_there(sandbox, ess, create):
    set_conf(ess.cwd, ttl="soon")
    assert "instance.conf:2: [EC2] ttl: 'soon' is not a time such as 90m, 24h or 7d" in create().stderr


def test_a_launch_that_is_gone_on_with_keeps_its_time(sandbox, ess, create):
    """The request is stored with its user data, and sent again as it is: EC2 would refuse another one."""
    sandbox.plan(errors=[{"action": "RunInstances", "http": 503, "code": "Unavailable", "after": "503"}])
    assert create("--number=1", "--ttl=8h").returncode == 0
    calls = [call for call in sandbox.calls() if call["action"] == "RunInstances"]
    assert len(calls) == 2
    (record,) = [json.loads(file.read_text()) for file in ess.cwd.parent.rglob("l-*.json")]
    (attempt,) = record["attempts"]
    assert attempt["request"]["UserData"] == _described(sandbox)[0]
