"""Parts are known by all that decides them, and by nothing else."""

import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.files import File
from ess_core.files.local import Local
from ess_core.tables.cache import key as module
from ess_core.tables.cache.key import DIGITS, Keys
from ess_core.tables.columnspec import Column, ColumnSpec, ColumnType, parse
from ess_core.tables.dialect import Dialect
from ess_core.tables.extraction import Extraction
from ess_core.tables.parts import CleanTask, Recipe

AT = datetime(2026, 1, 2, tzinfo=UTC)
RECIPE = Recipe(Dialect(), parse("S:a I:b"))
TASK = CleanTask(Local("file:///data"), File("day/1.csv", 10, AT, "etag"), RECIPE, "/parts", "stem")
WORDS = st.sampled_from(["", "a", "b", "ab", "a,b", '"', '","', "[", "\udc80", "ü"])
COLUMN = st.builds(
    Column,
    st.sampled_from([ColumnType.TEXT, ColumnType.UINT32]),
    WORDS.map(lambda word: f"n{word}"),
    st.lists(WORDS, max_size=2).map(tuple),
)
TASKS = st.builds(
    CleanTask,
    st.sampled_from([Local("file:///a"), Local("file:///a/b")]),
    st.builds(File, WORDS, st.integers(0, 2), st.just(AT), WORDS),
    st.builds(
        Recipe,
        st.builds(Dialect, names=st.lists(WORDS, max_size=3).map(tuple), encoding=WORDS),
        st.lists(COLUMN, min_size=1, max_size=2).map(lambda columns: ColumnSpec(tuple(columns))),
    ),
    st.just(""),
    st.just(""),
    st.builds(Extraction, WORDS, st.just("auto"), WORDS),
)


def key_of(task):
    return Keys(task).of(task.file, task.date)


def facts(task):
    return task.store.url, task.file, task.recipe, task.extraction


@given(TASKS, TASKS)
def test_two_tasks_have_one_key_only_where_they_ask_the_same(one, other):
    assert (key_of(one) == key_of(other)) == (facts(one) == facts(other))


def changed(value):
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else value + "x"


@pytest.mark.parametrize("name", [field.name for field in fields(Extraction)])
def test_each_setting_changes_the_key(name):
    other = replace(TASK.extraction, **{name: (getattr(TASK.extraction, name) or "") + "x"})
    assert key_of(replace(TASK, extraction=other)) != key_of(TASK)


def test_what_a_command_is_told_changes_the_key():
    assert key_of(replace(TASK, date="2014-01-31")) != key_of(TASK)


@pytest.mark.parametrize("name", ["lines", "fills"])
def test_only_a_task_that_asks_for_more_has_another_key(name):
    assert key_of(replace(TASK, **{name: True})) != key_of(TASK)
    assert key_of(replace(TASK, **{name: False})) == key_of(TASK)


def test_there_is_no_setting_of_a_task_but_those_that_are_tested():
    tested = {"store", "file", "recipe", "extraction", "date", "lines", "fills"}
    assert {field.name for field in fields(CleanTask)} == tested | {"folder", "stem", "memory_mb"}


@pytest.mark.parametrize("name", ["key", "size", "etag"])
def test_each_fact_of_a_file_changes_the_key(name):
    file = replace(TASK.file, **{name: changed(getattr(TASK.file, name))})
    assert key_of(replace(TASK, file=file)) != key_of(TASK)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("delimiter", ";"),
        ("quote", "'"),
        ("escape", "\\"),
        ("names", ("a", "b")),
        ("skip", 1),
        ("encoding", "cp1252"),
        ("decimal", ","),
        ("log", "common"),
        ("starts", (0, 5)),
    ],
)
def test_each_part_of_the_dialect_changes_the_key(name, value):
    recipe = replace(RECIPE, dialect=replace(Dialect(), **{name: value}))
    assert key_of(replace(TASK, recipe=recipe)) != key_of(TASK)


@pytest.mark.parametrize("spec", ["S:a IS:b", "S:a I:c", "S:a I,k:b", "S:a I:b X", "I:b S:a"])
def test_each_part_of_the_columnspec_changes_the_key(spec):
    assert key_of(replace(TASK, recipe=Recipe(Dialect(), parse(spec)))) != key_of(TASK)


def test_the_place_and_the_cleaner_change_the_key(monkeypatch):
    before = key_of(TASK)
    assert key_of(replace(TASK, store=Local("file:///other"))) != before
    monkeypatch.setattr(module, "CLEANER_VERSION", module.CLEANER_VERSION + 1)
    assert key_of(TASK) != before


def test_where_the_parts_are_put_changes_nothing():
    other = replace(TASK, folder="/elsewhere", stem="other", memory_mb=64)
    later = replace(other, file=replace(TASK.file, last_modified=AT.replace(year=2027)))
    assert key_of(later) == key_of(TASK)
    assert len(key_of(TASK)) == DIGITS


def test_another_process_comes_to_the_same_key():
    """Neither the order of a dict nor the salt of its hashes is part of it."""
    code = f"from {__name__.rpartition('.')[0]} import test_key; print(test_key.key_of(test_key.TASK))"
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", "import sys; sys.path.insert(0, '.');" + code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        )
        assert done.stdout.strip() == key_of(TASK), done.stderr
