"""Local files: whole or not at all, private, and never trusted where they are damaged."""

import json
import time

import pytest

from ess_core.errors import EssError
from ess_plugins.ec2 import records
from ess_plugins.ec2.records import APPEARS_S, Outcome, Records, new_launch

WANTED = {"number": 2, "minimum": 2, "type": "m3.medium", "region": "us-east-1", "add": False}


@pytest.fixture(autouse=True)
def ess_home(tmp_path, monkeypatch):
    """ESS_HOME, not made yet."""
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def kept():
    """The records of one cluster."""
    kept = Records("c-1", "123456789012")
    kept.prepare()
    return kept


def _launch():
    return new_launch("c-1", "us-east-1", "123456789012", "arn:aws:iam::123456789012:user/ann", WANTED)


def _file(kept, launch):
    return kept.folder / f"{launch.id}.json"


def test_a_launch_comes_back_as_it_was_saved(kept):
    launch = _launch().trying({"MaxCount": 2}).trying({"MaxCount": 1, "TagSpecifications": [{"Tags": []}]})
    launch = launch.learned(f"{launch.id}-0", Outcome.LAUNCHED, ("i-1", "i-2"))
    kept.save(launch)
    assert kept.launches() == [launch]
    assert kept.readable(pytest.fail) == [launch]


def test_only_the_user_can_read_a_record(kept, ess_home):
    launch = _launch()
    kept.save(launch)
    assert _file(kept, launch).stat().st_mode & 0o777 == 0o600
    assert {path.stat().st_mode & 0o777 for path in ess_home.rglob("*") if path.is_dir()} == {0o700}


def test_every_attempt_has_a_token_of_its_own_that_ec2_takes():
    launch = _launch().trying({}).trying({})
    assert [attempt.token for attempt in launch.attempts] == [f"{launch.id}-0", f"{launch.id}-1"]
    assert all(len(attempt.token) <= 64 and attempt.token.isascii() for attempt in launch.attempts)
    assert [attempt.request["ClientToken"] for attempt in launch.attempts] == [
        f"{launch.id}-0",
        f"{launch.id}-1",
    ]


def test_what_is_learned_of_one_attempt_leaves_the_others_alone():
    launch = _launch().trying({}).trying({}).trying({})
    launch = launch.learned(launch.attempts[1].token, Outcome.LAUNCHED, ("i-1", "i-2"))
    launch = launch.learned(launch.attempts[0].token, Outcome.REFUSED)
    assert launch.instance_ids == ("i-1", "i-2")
    assert launch.open_attempts == launch.attempts[2:]
    assert launch.without({"i-1"}).instance_ids == ("i-2",)


@pytest.mark.parametrize(
    ("outcome", "age_s", "tokens", "missing"),
    [
        (Outcome.OPEN, 0, (), True),
        (Outcome.LAUNCHED, 0, (), True),
        (Outcome.REFUSED, 0, (), False),
        (Outcome.LAUNCHED, 0, ("0",), False),
        (Outcome.OPEN, APPEARS_S, (), False),
    ],
)
def test_what_was_launched_a_moment_ago_may_be_missing(monkeypatch, outcome, age_s, tokens, missing):
    launch = _launch().trying({})
    launch = launch.learned(f"{launch.id}-0", outcome, ("i-1",))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + age_s)
    assert launch.is_missing({f"{launch.id}-{token}" for token in tokens}) is missing


def test_launches_come_oldest_first(kept, monkeypatch):
    made = []
    for clock in (30, 10, 20):
        monkeypatch.setattr(time, "time", lambda clock=clock: float(clock))
        made.append(_launch())
        kept.save(made[-1])
    assert [launch.created_at for launch in kept.launches()] == [10, 20, 30]


DAMAGES = {
    "empty": lambda text: "",
    "cut off": lambda text: text[:-20],
    "not JSON": lambda text: "{hello",
    "a list": lambda text: "[]",
    "a key missing": lambda text: json.dumps(
        {key: value for key, value in json.loads(text).items() if key != "id"}
    ),
    "a key more": lambda text: json.dumps({**json.loads(text), "more": 1}),
    "attempts of another kind": lambda text: json.dumps({**json.loads(text), "attempts": [1]}),
    "unknown outcome": lambda text: text.replace('"open"', '"maybe"'),
    "wrong encoding": lambda text: text.replace("ann", "\udcff"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_record_is_named_and_stops_only_what_depends_on_it(kept, damage):
    whole, damaged = _launch(), _launch().trying({})
    kept.save(whole)
    kept.save(damaged)
    path = _file(kept, damaged)
    path.write_text(damage(path.read_text()), encoding="utf-8", errors="surrogateescape")
    with pytest.raises(EssError) as caught:
        kept.launches()
    assert caught.value.message.startswith(f"{path} is damaged: ")
    assert "\n" not in caught.value.message
    notes = []
    assert kept.readable(notes.append) == [whole]
    assert notes == [caught.value.message]


def test_what_an_interrupted_write_leaves_is_no_record(kept):
    (kept.folder / ".l-1.json.abc123").write_text("{")
    assert kept.launches() == []


def test_with_the_last_record_the_host_keys_go(kept):
    first, second = _launch(), _launch()
    kept.save(first)
    kept.save(second)
    kept.known_hosts.touch()
    kept.forget(first)
    assert kept.known_hosts.exists()
    kept.forget(second)
    assert not kept.known_hosts.exists()


def test_forgetting_what_was_never_saved_leaves_host_keys_alone(kept):
    kept.known_hosts.touch()
    kept.forget(_launch())
    assert kept.known_hosts.exists()


def test_one_process_at_a_time_changes_a_cluster():
    with records.locked("c-1"):
        with (
            pytest.raises(EssError, match="another ess is changing cluster c-1 right now"),
            records.locked("c-1"),
        ):
            pytest.fail("two at once")
        with records.locked("c-2"), records.if_free("c-1") as free:
            assert not free
    with records.if_free("c-1") as free:
        assert free


def test_a_record_that_cannot_be_removed_is_not_an_error(kept):
    launch = _launch()
    _file(kept, launch).mkdir()
    kept.forget(launch)
    assert _file(kept, launch).exists()
