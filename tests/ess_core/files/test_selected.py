"""Selected datastores: labels stand for one place each, one of them is active, and none is lost."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from ess_core.errors import NothingMatchedError, UsageError
from ess_core.files import selected
from ess_core.files.selected import Scan

SCAN = Scan(3, 45, datetime(2026, 11, 26, tzinfo=UTC))


@pytest.fixture(autouse=True)
def ess_home(tmp_path, monkeypatch):
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "home"))


def labels():
    return {one.label: one.url for one in selected.known()}


def test_the_last_one_selected_is_active():
    for label in ("a", "b", "a"):
        selected.select(f"s3://{label}", label)
        assert selected.find().label == label
        assert [one.label for one in selected.known() if one.is_active] == [label]
    assert labels() == {"a": "s3://a", "b": "s3://b"}


def test_what_is_returned_is_what_is_kept():
    kept = selected.select("s3://a", "a")
    assert kept == selected.find("a") == selected.known()[0]
    assert abs(kept.selected_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_label_stands_for_another_place_only_when_that_is_said():
    selected.select("s3://a", "data")
    selected.record_scan(selected.find(), SCAN)
    with pytest.raises(UsageError, match="label data stands for s3://a") as caught:
        selected.select("s3://b", "data")
    assert caught.value.hint == "--overwrite lets it stand for s3://b, --label NAME keeps both"
    assert selected.find("data").url == "s3://a"
    assert selected.select("s3://b", "data", overwrite=True).url == "s3://b"
    assert selected.find("data").scan is None  # the figures were another's


def test_the_same_place_again_keeps_its_figures():
    first = selected.select("s3://a", "data")
    selected.record_scan(first, SCAN)
    again = selected.select("s3://a", "data")
    assert again.scan == SCAN
    assert again.selected_at > first.selected_at
    assert selected.select("s3://a", "data", overwrite=True).scan == SCAN


def test_a_scan_of_what_a_label_stands_for_no_more_is_not_kept():
    before = selected.select("s3://a", "data")
    selected.select("s3://b", "data", overwrite=True)
    selected.record_scan(before, SCAN)
    assert selected.find("data").scan is None


def test_what_is_purged_is_forgotten_and_another_does_not_become_active():
    selected.select("s3://a", "a")
    selected.select("s3://b", "b")
    assert selected.purge("b").url == "s3://b"
    assert labels() == {"a": "s3://a"}
    with pytest.raises(UsageError, match="no datastore is selected"):
        selected.find()
    with pytest.raises(NothingMatchedError, match="no datastore with the label 'b'") as caught:
        selected.purge("b")
    assert caught.value.hint == "there are: a"


def test_an_unknown_label_is_said_with_those_that_there_are():
    for number in range(12):
        selected.select("s3://a", f"l{number:02}")
    with pytest.raises(UsageError, match="no datastore with the label 'x'") as caught:
        selected.find("x")
    assert caught.value.hint == f"there are: {', '.join(f'l{number:02}' for number in range(10))} and 2 more"


@pytest.mark.parametrize("label", ["", "-a", "a b", "a\n", "a'b", "a:b", "*", "x" * 201])
def test_what_can_be_no_label_is_refused(label):
    with pytest.raises(UsageError, match="can be no label"):
        selected.select("s3://a", label)


@pytest.mark.parametrize("label", ["a", "Ä_1", "bucket/logs/dt=2014-01-31", "me@home", "x" * 200])
def test_labels_may_look_like_addresses(label):
    assert selected.select("s3://a", label).label == label


def test_local_is_a_folder_else_the_working_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert selected.address("local") == f"file://{tmp_path}"
    assert selected.address("local", "a/../b/") == f"file://{tmp_path}/b"
    assert selected.address("local", "/") == "file:///"


def test_a_name_is_a_url_or_a_label():
    selected.select("s3://bucket/logs", "logs")
    assert selected.address("s3://bucket") == "s3://bucket"
    assert selected.address("logs") == "s3://bucket/logs"
    for name, folder in (("bucket", None), ("s3://bucket", "/folder"), ("logs", "/folder"), ("", None)):
        with pytest.raises(UsageError):
            selected.address(name, folder)


def test_a_folder_whose_name_is_no_utf8_is_refused():
    with pytest.raises(UsageError, match="is no UTF-8"):
        selected.address("local", "/\udcff")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("local", "local"),
        ("file:///data", "local"),
        ("s3://bucket", "bucket"),
        ("s3://bucket/a/b/", "bucket/a/b"),
        ("mine", "mine"),
    ],
)
def test_the_usual_label_is_the_place(name, label):
    assert selected.usual_label(name) == label


def test_processes_that_select_at_once_lose_nothing():
    code = """if True:
        import sys
        from ess_core.files import selected
        sys.stdin.read()
        for number in range(10):
            label = f"{sys.argv[1]}-{number}"
            selected.select("s3://" + label, label)
            if number % 2:
                selected.purge(label)
    """
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(number)], stdin=subprocess.PIPE)
        for number in range(4)
    ]
    for writer in writers:
        writer.stdin.close()
    assert [writer.wait(60) for writer in writers] == [0] * 4
    kept = [f"{writer}-{number}" for writer in range(4) for number in range(0, 10, 2)]
    assert labels() == {label: f"s3://{label}" for label in kept}
    assert sum(one.is_active for one in selected.known()) <= 1
