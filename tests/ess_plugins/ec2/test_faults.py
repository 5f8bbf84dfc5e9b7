"""Whatever EC2 or the network does, `create` leaves exactly what it says: all its workers, or nothing."""

import json
import threading

import pytest

from ess_plugins.ec2 import ending, launch, ready
from tests.ess_plugins.ec2.conftest import set_conf
from tests.fixtures.waiting import until


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """No long pauses between two tries, and no long wait for what may never appear."""
    monkeypatch.setattr(launch, "WAITS_S", (0.05, 0.05, 0.05))
    monkeypatch.setattr(ending, "PAUSE_S", 0.1)
    monkeypatch.setattr(ending, "SETTLE_S", 0.8)
    monkeypatch.setattr(ready, "POLL_S", 0.2)
    monkeypatch.setattr(ready, "CALM_POLL_S", 0.5)


@pytest.fixture
def create(here):
    """Run `create`; return the finished command, its rows as ``rows``."""

    def create(*words):
        done = here("instance", "ec2", "create", "-f", "json", "--cluster=c-1", *words)
        done.rows = json.loads(done.stdout) if done.stdout else []
        return done

    return create


@pytest.fixture
def records(ess):
    """The records of launches that are on disk."""
    return lambda: list((ess.cwd.parent / "ess-home").rglob("l-*.json"))


def _whole(sandbox, done, number):
    """It succeeded: these workers run, and no others."""
    assert done.returncode == 0, done.stderr
    assert sorted(row["id"] for row in done.rows) == sorted(one["id"] for one in sandbox.live())
    assert len(done.rows) == number


def _nothing(sandbox, done, records, message):
    """It failed for this reason, and nothing is left, in EC2 or on disk."""
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert message in done.stderr
    assert sandbox.live() == []
    assert records() == []


LOST = [{"action": "RunInstances", "times": 2, "after": how} for how in ("reset", "503")]
PASSING = [
    {"action": "RunInstances", "times": 2, "code": "RequestLimitExceeded", "http": 503},
    {"action": "RunInstances", "times": 2, "code": "InternalError", "http": 500},
    {
        "action": "DescribeInstances",
        "times": 2,
        "code": "RequestLimitExceeded",
        "http": 503,
        "when": {"Filter.1.Name": "tag:ess:launch"},
    },
]


@pytest.mark.parametrize("fault", LOST + PASSING, ids=["reset", "503", "throttled", "500", "polls throttled"])
def test_what_passes_ends_in_exactly_the_workers_asked_for(sandbox, create, fault):
    sandbox.plan(errors=[fault])
    _whole(sandbox, create("--number=3"), 3)


def test_workers_that_ec2_does_not_show_at_first_are_waited_for(sandbox, create):
    sandbox.plan(notfound_s=0.8)
    _whole(sandbox, create("--number=2"), 2)


@pytest.mark.parametrize(
    "how", [{"after": "reset"}, {"after": "503"}, {"code": "InternalError", "http": 500}]
)
@pytest.mark.parametrize("notfound_s", [0, 0.5])
def test_answers_that_never_come_leave_nothing(sandbox, create, records, how, notfound_s):
    sandbox.plan(errors=[{"action": "RunInstances", "times": 99, **how}], notfound_s=notfound_s)
    _nothing(sandbox, create("--number=3"), records, "ess: ")
    assert sandbox.counts()["ec2:RunInstances"] == 4


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"ssh": {"*": "refuse"}}, "refuses connections"),
        ({"ssh": {"*": "hang"}}, "sends no SSH banner"),
        ({"ssh": {"*": "dead"}}, "cannot reach i-"),
        ({"ssh": {"*": "badkey"}}, "does not let ec2-user in with the key"),
        ({"pending_s": 60}, "is not ready in time: still pending"),
        ({"notfound_s": 5}, "is not ready in time: not shown by EC2 yet"),
    ],
    ids=["refuse", "hang", "dead", "bad key", "pending", "not found"],
)
def test_workers_that_never_let_us_in_are_ended_and_the_reason_is_said(
    sandbox, create, records, plan, message
):
    sandbox.plan(**plan)
    _nothing(sandbox, create("--number=2", "--timeout=1.5"), records, message)


def test_a_wrong_user_name_is_said_and_nothing_is_left(sandbox, ess, create, records):
    set_conf(ess.cwd, username="ubuntu")
    _nothing(sandbox, create("--timeout=2"), records, "does not let ubuntu in with the key")


def test_a_rule_for_other_addresses_only_is_said_and_nothing_is_left(sandbox, ess, create, records):
    ec2 = sandbox.client("ec2")
    group = ec2.create_security_group(GroupName="elsewhere", Description="others only")["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    set_conf(ess.cwd, security_groups="elsewhere")
    done = create("--timeout=2")
    _nothing(sandbox, done, records, "hint: a security group rule must allow TCP port")
    sandbox.reset()
    ec2.delete_security_group(GroupId=group)


def test_one_straggler_of_twenty_is_ended_and_the_others_are_kept(sandbox, create):
    sandbox.plan(ssh={"7": "dead"})
    done = create("--number=20", "--min=19", "--timeout=4")
    assert done.returncode == 3
    assert sorted(row["id"] for row in done.rows) == sorted(one["id"] for one in sandbox.live())
    assert len(done.rows) == 19


def test_without_a_minimum_one_straggler_ends_all(sandbox, create, records):
    sandbox.plan(ssh={"7": "dead"})
    _nothing(sandbox, create("--number=20", "--timeout=4"), records, "1 of 20 workers did not become ready")


def test_clean_up_goes_on_through_throttling_and_lost_answers(sandbox, create, records):
    sandbox.plan(
        ssh={"*": "refuse"},
        errors=[
            {"action": "TerminateInstances", "times": 3, "code": "RequestLimitExceeded", "http": 503},
            {"action": "TerminateInstances", "after": "reset"},
        ],
    )
    _nothing(sandbox, create("--timeout=2"), records, "refuses connections")


def _last_words(done):
    """What still runs, by the last two lines; and the command they name."""
    running, hint = done.stderr.splitlines()[-2:]
    assert hint.startswith("hint: this ends them: ess ")
    return running, hint.partition(": ess ")[2].split()


def test_without_permission_to_terminate_the_last_lines_name_ids_region_and_command(sandbox, here, create):
    sandbox.plan(ssh={"*": "refuse"}, deny=["TerminateInstances"])
    done = create("--timeout=2")
    assert done.returncode == 1
    running, command = _last_words(done)
    ids = " ".join(one["id"] for one in sandbox.live())
    assert running.startswith(f"still running in us-east-1: {ids} (not allowed to call TerminateInstances: ")
    assert command == f"instance ec2 terminate {ids} --cluster c-1 --region us-east-1".split()
    sandbox.plan(deny=[])
    assert here(*command).returncode == 0
    assert sandbox.live() == []


def _become(sandbox, ess, user):
    """Use a new key of this user from now on."""
    key = sandbox.issue_key(user)
    header = "User Name,Access Key Id,Secret Access Key"
    line = f"{user},{key.access_key_id},{key.secret_access_key}"
    (ess.cwd / "credential_file.csv").write_text(f"{header}\n{line}\n")
    return key


def test_a_token_that_expires_in_the_middle_claims_nothing_and_names_the_way_out(sandbox, ess, here, create):
    key = _become(sandbox, ess, "ann")
    sandbox.plan(pending_s=60)
    expiring = threading.Thread(target=_expire_after_launch, args=[sandbox, key])
    expiring.start()
    done = create("--number=2")
    expiring.join()
    assert done.returncode == 1
    assert "ess: AWS credentials have expired" in done.stderr
    assert "nothing of this launch is left" not in done.stderr
    running, command = _last_words(done)
    ids = " ".join(one["id"] for one in sandbox.live())
    assert running == f"still running in us-east-1: {ids} (AWS credentials have expired (RequestExpired))"
    _become(sandbox, ess, "ann")
    assert here(*command).returncode == 0
    assert sandbox.live() == []


def _expire_after_launch(sandbox, key):
    until(sandbox.live)
    sandbox.expire(key)


def test_an_answer_lost_just_before_the_token_expires_is_not_forgotten(sandbox, ess, here, create, records):
    sandbox.plan(
        errors=[
            {"action": "RunInstances", "after": "reset"},
            {"action": "RunInstances", "code": "RequestExpired", "times": 9},
            {
                "action": "DescribeInstances",
                "code": "RequestExpired",
                "when": {"Filter.1.Name": "tag:ess:launch"},
            },
        ]
    )
    done = create("--number=2")
    assert done.returncode == 1
    running, command = _last_words(done)
    assert running.startswith(
        "still running in us-east-1: instances whose ids are not known (AWS credentials"
    )
    assert len(records()) == 1
    sandbox.plan(errors=[])
    _whole(sandbox, create("--number=2"), 2)  # the same arguments go on with it
    assert here(*command).returncode == 0
    assert (sandbox.live(), records()) == ([], [])


def test_an_interrupted_launch_with_other_arguments_names_both_ways_out(sandbox, here, create, records):
    sandbox.plan(
        errors=[
            {"action": "RunInstances", "after": "reset", "times": 9},
            {"action": "TerminateInstances", "code": "RequestExpired"},
        ]
    )
    assert create("--number=2").returncode == 1
    sandbox.plan(errors=[])
    done = create("--number=3", "--type=t3.micro")
    assert done.returncode == 2
    assert (
        "an earlier create of cluster c-1 in us-east-1 did not end: --number 2 --type m3.medium"
        in done.stderr
    )
    ways = done.stderr.splitlines()[-1].split("`")
    go_on, end = ways[1].split()[1:], ways[3].split()[1:]
    _whole(sandbox, here_json(here, *go_on), 2)
    assert here(*end).returncode == 0
    assert (sandbox.live(), records()) == ([], [])


def here_json(here, *words):
    """Run a command that shows rows."""
    done = here(*words, "-f", "json")
    done.rows = json.loads(done.stdout)
    return done


def test_a_launch_that_was_left_open_and_has_ended_meanwhile_is_closed(sandbox, create, records):
    sandbox.plan(
        errors=[
            {"action": "RunInstances", "after": "reset", "times": 9},
            {"action": "TerminateInstances", "code": "RequestExpired"},
        ]
    )
    create("--number=2")
    ids = [one["id"] for one in sandbox.live()]
    assert len(ids) == 2
    sandbox.client("ec2").terminate_instances(InstanceIds=ids)
    sandbox.plan(errors=[])
    done = create("--number=3")  # other arguments: nothing stands in their way any more
    _whole(sandbox, done, 3)
    assert len(records()) == 1


def test_another_owners_open_launch_is_left_to_its_owner(sandbox, ess, here, create, records):
    _become(sandbox, ess, "ann")
    sandbox.plan(
        errors=[
            {"action": "RunInstances", "after": "reset", "times": 9},
            {"action": "TerminateInstances", "code": "RequestExpired"},
        ]
    )
    create("--number=2")
    anns = sorted(one["id"] for one in sandbox.live())
    sandbox.plan(errors=[])
    _become(sandbox, ess, "bob")
    assert "already has 2 workers" in create("--number=2").stderr
    added = create("--number=2", "--add")
    assert (added.returncode, len(sandbox.live())) == (0, 4)
    assert here("instance", "ec2", "terminate", "all", "--cluster=c-1").returncode == 0
    assert sorted(one["id"] for one in sandbox.live()) == anns
    _become(sandbox, ess, "ann")
    _whole(sandbox, create("--number=2"), 2)
    assert sorted(one["id"] for one in sandbox.live()) == anns
