"""RunInstances: which failure means what, one token for one request, and never one instance too many."""

import json
import os
import signal

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from ess_core import interrupts
from ess_core.errors import EssError
from ess_plugins.ec2 import launch, network
from ess_plugins.ec2.launch import Meaning, NoCapacityError, meaning
from ess_plugins.ec2.records import Outcome, Records
from tests.ess_plugins.ec2.facts import instance

TYPE = "m3.medium"


def _answer(code, status=400):
    details = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return exceptions.ClientError(details, "RunInstances")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (_answer("InsufficientInstanceCapacity", 500), Meaning.ELSEWHERE),
        (_answer("InsufficientFreeAddressesInSubnet"), Meaning.ELSEWHERE),
        (_answer("Unsupported"), Meaning.ELSEWHERE),
        (_answer("IdempotentInstanceTerminated"), Meaning.ELSEWHERE),
        (_answer("RequestLimitExceeded", 503), Meaning.AGAIN),
        (_answer("Throttling"), Meaning.AGAIN),
        (exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:9"), Meaning.AGAIN),
        (exceptions.ConnectTimeoutError(endpoint_url="http://127.0.0.1:9"), Meaning.AGAIN),
        (_answer("InternalError", 500), Meaning.UNKNOWN),
        (_answer("Unavailable", 503), Meaning.UNKNOWN),
        (_answer("", 502), Meaning.UNKNOWN),
        (exceptions.ReadTimeoutError(endpoint_url="http://127.0.0.1:9"), Meaning.UNKNOWN),
        (exceptions.ConnectionClosedError(endpoint_url="http://127.0.0.1:9"), Meaning.UNKNOWN),
        (exceptions.HTTPClientError(error="reset"), Meaning.UNKNOWN),
        (ResponseParserError("half a document"), Meaning.UNKNOWN),
        (_answer("VcpuLimitExceeded"), Meaning.FINAL),
        (_answer("UnauthorizedOperation", 403), Meaning.FINAL),
        (_answer("RequestExpired"), Meaning.FINAL),
        (_answer("InvalidParameterValue"), Meaning.FINAL),
        (exceptions.NoCredentialsError(), Meaning.FINAL),
        (exceptions.ParamValidationError(report="x"), Meaning.FINAL),
    ],
    ids=str,
)
def test_a_failure_says_whether_something_may_have_been_launched(error, expected):
    assert meaning(error) is expected


def _outcomes(launcher):
    return [attempt.outcome for attempt in launcher.launch.attempts]


def _zones(launcher):
    return [one.zone[-1] for one in launcher.workers()]


def test_one_call_launches_all_and_the_ids_are_on_disk(sandbox, start, kept):
    launcher, acquire = start(3)
    assert acquire() is None
    assert sandbox.counts()["ec2:RunInstances"] == 1
    (saved,) = kept.launches()
    assert saved == launcher.launch
    assert set(saved.instance_ids) == {one["id"] for one in sandbox.live()}


def test_the_exact_request_and_its_token_are_on_disk_before_the_call(start, kept):
    launcher, acquire = start(2)
    seen = []

    class Watching:
        def run_instances(self, **request):
            (path,) = kept.folder.glob("l-*.json")
            seen.append((request, json.loads(path.read_text())))
            raise _answer("UnauthorizedOperation", 403)

    launcher._ec2 = Watching()
    with pytest.raises(exceptions.ClientError):
        acquire()
    ((request, saved),) = seen
    (attempt,) = saved["attempts"]
    assert attempt["request"] == request
    assert request["ClientToken"] == f"{saved['id']}-0"
    assert (attempt["outcome"], attempt["instance_ids"], saved["complete"]) == ("open", [], False)


def test_a_signal_during_the_call_waits_for_its_answer_and_the_ids(sandbox, start):
    launcher, acquire = start(2)
    real = launcher._ec2

    class Interrupting:
        def run_instances(self, **request):
            os.kill(os.getpid(), signal.SIGTERM)
            return real.run_instances(**request)

    launcher._ec2 = Interrupting()
    with interrupts.once(), pytest.raises(interrupts.Interrupted):
        acquire()
    assert set(launcher.launch.instance_ids) == {one["id"] for one in sandbox.live()}
    assert len(sandbox.live()) == 2


def test_a_request_that_cannot_be_put_on_disk_is_never_sent(sandbox, start, monkeypatch):
    launcher, acquire = start(2)
    monkeypatch.setattr(Records, "save", _full)
    with pytest.raises(EssError, match="No space left"):
        acquire()
    assert sandbox.counts()["ec2:RunInstances"] == 0
    assert launcher.launch.attempts == ()  # so the clean-up need not look for anything


def _full(self, launch):
    raise EssError("cannot write: No space left on device")


def test_what_was_launched_is_known_even_if_the_disk_is_full_afterwards(sandbox, start, monkeypatch):
    launcher, acquire = start(2)
    save = Records.save
    monkeypatch.setattr(Records, "save", lambda self, one: (_full if one.instance_ids else save)(self, one))
    with pytest.raises(EssError, match="No space left"):
        acquire()
    assert set(launcher.launch.instance_ids) == {one["id"] for one in sandbox.live()}
    assert len(sandbox.live()) == 2


def test_without_capacity_the_next_subnet_is_asked_with_a_new_token(sandbox, start):
    sandbox.plan(capacity={f"{TYPE}@us-east-1a": 0})
    launcher, acquire = start(2)
    acquire()
    assert _outcomes(launcher) == [Outcome.REFUSED, Outcome.LAUNCHED]
    assert _zones(launcher) == ["b", "b"]
    assert sandbox.counts()["ec2:RunInstances"] == 2  # at once: no blind repetition
    assert "do not have sufficient m3.medium capacity" in launcher._report.notes[0]


def test_without_capacity_anywhere_nothing_is_launched_and_all_subnets_are_named(sandbox, start):
    sandbox.plan(capacity={TYPE: 1})
    launcher, acquire = start(2)
    with pytest.raises(NoCapacityError, match=r"no room for 2 x m3\.medium in us-east-1a, us-east-1b$"):
        acquire()
    assert _outcomes(launcher) == [Outcome.REFUSED] * 2
    assert sandbox.live() == []


def test_with_a_minimum_fewer_are_launched_and_the_shortage_is_said(sandbox, start):
    sandbox.plan(capacity={TYPE: 3})
    launcher, acquire = start(5, minimum=2)
    assert isinstance(acquire(), NoCapacityError)
    assert len(sandbox.live()) == len(launcher.workers()) == 3


def test_the_minimum_may_come_from_two_zones(sandbox, start):
    sandbox.plan(capacity={f"{TYPE}@us-east-1a": 2, f"{TYPE}@us-east-1b": 9})
    launcher, acquire = start(5, minimum=1)
    assert acquire() is None
    assert sorted(_zones(launcher)) == ["a", "a", "b", "b", "b"]


def test_large_numbers_go_in_batches_and_keep_the_minimum_over_all(sandbox, start, monkeypatch):
    monkeypatch.setattr(launch, "BATCH", 2)
    assert network.BATCH == 100
    launcher, acquire = start(5, minimum=4)
    acquire()
    counts = [(one.request["MinCount"], one.request["MaxCount"]) for one in launcher.launch.attempts]
    assert counts == [(1, 2), (1, 2), (1, 1)]
    assert len(sandbox.live()) == 5


def test_no_capacity_after_a_batch_keeps_it_only_if_the_minimum_is_met(sandbox, start, monkeypatch):
    monkeypatch.setattr(launch, "BATCH", 2)
    sandbox.plan(capacity={TYPE: 2})
    launcher, acquire = start(4)
    with pytest.raises(NoCapacityError):
        acquire()
    assert set(launcher.launch.instance_ids) == {one["id"] for one in sandbox.live()}


@pytest.mark.parametrize(
    "fault",
    [
        {"code": "RequestLimitExceeded", "http": 503},
        {"code": "InternalError", "http": 500},
        {"code": "Unavailable", "http": 503, "after": "503"},
        {"after": "reset"},
    ],
    ids=["throttled", "500", "503 after the work", "reset after the work"],
)
def test_the_same_token_is_sent_again_until_ec2_answers(sandbox, start, fault):
    sandbox.plan(errors=[{"action": "RunInstances", "times": 2, **fault}])
    launcher, acquire = start(2)
    acquire()
    assert sandbox.counts()["ec2:RunInstances"] == 3
    assert _outcomes(launcher) == [Outcome.LAUNCHED]
    assert {one["id"] for one in sandbox.live()} == set(launcher.launch.instance_ids)
    assert len(sandbox.live()) == 2


@pytest.mark.parametrize(
    ("faults", "outcome"),
    [
        ([{"code": "VcpuLimitExceeded"}], Outcome.REFUSED),
        ([{"code": "RequestLimitExceeded", "http": 503}, {"code": "RequestExpired"}], Outcome.REFUSED),
        ([{"code": "RequestLimitExceeded", "http": 503, "times": 3}], Outcome.REFUSED),
        ([{"code": "InternalError", "http": 500, "times": 3}], Outcome.OPEN),
        ([{"after": "reset"}, {"code": "RequestExpired"}], Outcome.OPEN),
    ],
    ids=["refused", "throttled, then expired", "throttled for long", "errors for long", "lost, then expired"],
)
def test_only_a_certain_no_closes_an_attempt(sandbox, start, faults, outcome):
    sandbox.plan(errors=[{"action": "RunInstances", **fault} for fault in faults])
    launcher, acquire = start(2)
    with pytest.raises(exceptions.ClientError):
        acquire()
    assert _outcomes(launcher) == [outcome]


def _cut_off(sandbox, start):
    """A launch whose answer never came."""
    sandbox.plan(errors=[{"action": "RunInstances", "times": 3, "after": "reset"}])
    launcher, acquire = start(2)
    with pytest.raises(exceptions.HTTPClientError):
        acquire()
    return launcher.launch


def test_a_launch_that_was_cut_off_is_learned_by_its_token_and_not_doubled(sandbox, start):
    cut_off = _cut_off(sandbox, start)
    launcher, acquire = start(2, again=cut_off)
    launcher.recall([])
    acquire()
    assert set(launcher.launch.instance_ids) == {one["id"] for one in sandbox.live()}
    assert len(sandbox.live()) == 2


def test_a_request_that_never_arrived_is_sent_with_its_old_token(sandbox, start):
    sandbox.plan(errors=[{"action": "RunInstances", "code": "InternalError", "http": 500, "times": 3}])
    launcher, acquire = start(2)
    with pytest.raises(exceptions.ClientError):
        acquire()
    launcher, acquire = start(2, again=launcher.launch)
    launcher.recall([])
    acquire()
    assert _outcomes(launcher) == [Outcome.LAUNCHED]
    assert len(sandbox.live()) == 2


def test_what_ended_meanwhile_is_launched_again_with_a_new_token(sandbox, start):
    cut_off = _cut_off(sandbox, start)
    first = sandbox.live()[0]["id"]
    sandbox.client("ec2").terminate_instances(InstanceIds=[first])
    launcher, acquire = start(2, again=cut_off)
    launcher.recall([instance(id=first, state="terminated", client_token=cut_off.attempts[0].token)])
    acquire()
    assert len(sandbox.live()) == 2
    assert first not in launcher.launch.instance_ids
    assert [one.token for one in launcher.launch.attempts] == [f"{cut_off.id}-0", f"{cut_off.id}-1"]


def test_a_token_whose_instances_have_ended_is_not_an_error(sandbox, start):
    cut_off = _cut_off(sandbox, start)
    sandbox.client("ec2").terminate_instances(InstanceIds=[one["id"] for one in sandbox.live()])
    sandbox.plan(errors=[{"action": "RunInstances", "code": "IdempotentInstanceTerminated"}])
    launcher, acquire = start(2, again=cut_off)
    launcher.recall([])
    acquire()
    assert len(sandbox.live()) == 2


def test_a_token_too_old_to_be_sent_is_looked_up_by_what_ec2_shows(sandbox, start, monkeypatch):
    cut_off = _cut_off(sandbox, start)
    monkeypatch.setattr(launch, "TOKEN_LIFE_S", 0)
    sandbox.door.clear_calls()
    launcher, _ = start(2, again=cut_off)
    shown = [instance(id="i-7", client_token=cut_off.attempts[0].token), instance(id="i-8", client_token="x")]
    launcher.recall(shown)
    assert launcher.launch.instance_ids == ("i-7",)
    assert sandbox.counts()["ec2:RunInstances"] == 0
