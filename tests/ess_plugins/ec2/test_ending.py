"""A launch that is given up leaves nothing, however late EC2 shows what it made."""

import time

import pytest
from botocore.exceptions import ClientError

from ess_core.cloud import Cloud
from ess_core.errors import EssError
from ess_plugins.ec2 import cleanup, ending
from ess_plugins.ec2.records import Outcome
from tests.ess_plugins.ec2.conftest import Quiet


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """Ask again soon, and do not wait long for what may never appear."""
    monkeypatch.setattr(ending, "PAUSE_S", 0.05)
    monkeypatch.setattr(ending, "SETTLE_S", 0.6)
    monkeypatch.setattr(ending, "CLEAN_UP_S", 1.5)


@pytest.fixture
def launched(start):
    """A launch of two, and its Launcher."""
    launcher, acquire = start(2)
    acquire()
    return launcher.launch


def _abandon(sandbox, launch):
    return ending.abandon(sandbox.client("ec2", attempts=1), launch, Quiet())


def test_it_takes_one_question_and_one_call_and_leaves_other_launches_alone(sandbox, start, launched):
    other, acquire = start(1)
    acquire()
    sandbox.door.clear_calls()
    assert _abandon(sandbox, launched) == []
    assert [one["id"] for one in sandbox.live()] == list(other.launch.instance_ids)
    assert sandbox.counts() == {"ec2:DescribeInstances": 1, "ec2:TerminateInstances": 1}


def _forgotten(launch):
    """The same launch where no answer ever came."""
    return launch.learned(launch.attempts[0].token, Outcome.OPEN)


def test_instances_whose_ids_never_reached_us_are_found_by_tag(sandbox, launched):
    assert _abandon(sandbox, _forgotten(launched)) == []
    assert sandbox.live() == []


@pytest.mark.parametrize("known", [True, False])
def test_instances_that_ec2_does_not_show_yet_are_waited_for(sandbox, launched, known):
    sandbox.plan(notfound_s=0.5)
    assert _abandon(sandbox, launched if known else _forgotten(launched)) == []
    assert sandbox.live() == []


def test_an_attempt_that_made_nothing_is_waited_for_and_no_longer(sandbox, launched):
    _abandon(sandbox, launched)
    began = time.monotonic()
    assert _abandon(sandbox, _forgotten(launched.trying({}))) == []
    assert ending.SETTLE_S <= time.monotonic() - began < ending.CLEAN_UP_S


def test_what_ec2_shows_is_ended_while_the_rest_is_waited_for(sandbox, launched):
    unseen = "i-0123456789abcdef0"
    more = launched.learned(launched.attempts[0].token, Outcome.LAUNCHED, (*launched.instance_ids, unseen))
    assert _abandon(sandbox, more) == [unseen]
    assert sandbox.live() == []


@pytest.mark.parametrize("action", ["DescribeInstances", "TerminateInstances"])
@pytest.mark.parametrize("code", ["RequestLimitExceeded", "InternalError"])
def test_what_passes_is_asked_again(sandbox, launched, action, code):
    sandbox.plan(errors=[{"action": action, "code": code, "http": 503, "times": 2}])
    assert _abandon(sandbox, launched) == []
    assert sandbox.live() == []


def test_an_answer_that_is_lost_ends_them_all_the_same(sandbox, launched):
    sandbox.plan(errors=[{"action": "TerminateInstances", "after": "reset"}])
    assert _abandon(sandbox, launched) == []
    assert sandbox.live() == []


def test_what_does_not_pass_is_raised_at_once(sandbox, launched):
    sandbox.plan(deny=["TerminateInstances"])
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        _abandon(sandbox, launched)


def test_what_stays_is_named_when_the_time_is_over(sandbox, launched):
    fault = {"action": "TerminateInstances", "code": "InvalidInstanceID.NotFound", "times": 9999}
    sandbox.plan(errors=[fault])
    began = time.monotonic()
    assert _abandon(sandbox, launched) == sorted(launched.instance_ids)
    assert time.monotonic() - began < ending.CLEAN_UP_S + 1


def test_a_clean_up_that_hangs_is_given_up_in_time_and_its_instances_named(
    sandbox, launched, kept, conf, monkeypatch
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint)
    monkeypatch.setattr(cleanup, "LONGEST_S", 0.5)
    sandbox.plan(latency_s=2)
    error = EssError("the reason")
    began = time.monotonic()
    cleanup.end(Cloud(conf()), launched, kept, Quiet(), error)
    assert time.monotonic() - began < 2
    (note,) = error.__notes__
    ids = " ".join(launched.instance_ids)
    assert note.startswith(f"still running in us-east-1: {ids} (AWS call failed: no answer within ")


def test_the_whole_clean_up_lasts_a_minute_at_most():
    assert cleanup.LONGEST_S == 60
