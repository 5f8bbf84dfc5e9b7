"""The table of what plugins give: plain data, one name one owner, imported only when used."""

import pickle
import sys

import pytest

from ess_core.errors import EssError
from ess_core.registry import SHARED, Entry, Kind, Registry, TakenError, resolve


def _entry(kind=Kind.DATASTORE, name="s3", plugin="one", value="json:dumps"):
    return Entry(kind, name, plugin, value)


@pytest.mark.parametrize("kind", sorted(set(Kind) - SHARED, key=str))
def test_a_name_belongs_to_the_first_who_gives_it(kind):
    registry = Registry()
    registry.add(_entry(kind))
    with pytest.raises(TakenError, match=f"{kind.value} 's3' already comes from one"):
        registry.add(_entry(kind, plugin="two"))
    assert [entry.plugin for entry in registry.entries] == ["one"]


@pytest.mark.parametrize("kind", sorted(SHARED, key=str))
def test_several_may_answer_to_one_name_where_that_makes_sense(kind):
    registry = Registry()
    for plugin in ("one", "two"):
        registry.add(_entry(kind, plugin=plugin))
    assert [entry.plugin for entry in registry.named(kind, "s3")] == ["one", "two"]
    assert registry.find(kind, "s3").plugin == "one"


def test_kinds_do_not_mix():
    registry = Registry()
    registry.add(_entry(Kind.DATASTORE))
    registry.add(_entry(Kind.EXECUTOR))
    assert [entry.kind for entry in registry.of(Kind.EXECUTOR)] == [Kind.EXECUTOR]
    assert registry.find(Kind.CHECK, "s3") is None


def test_nothing_is_imported_before_it_is_used():
    sys.modules.pop("this_is_imported_late", None)
    registry = Registry()
    registry.add(_entry(value="wave:open"))
    sys.modules.pop("wave", None)
    registry.find(Kind.DATASTORE, "s3")
    assert "wave" not in sys.modules
    assert callable(registry.load(Kind.DATASTORE, "s3"))
    assert "wave" in sys.modules


def test_it_travels_to_a_worker():
    registry = Registry()
    registry.add(_entry(Kind.CONFIG, value={"key": {"type": "string"}}))
    assert pickle.loads(pickle.dumps(registry)).entries == registry.entries


def test_an_unknown_name_is_said_with_the_known_ones():
    registry = Registry()
    with pytest.raises(EssError, match="no datastore 'gs'; there are: none"):
        registry.load(Kind.DATASTORE, "gs")
    registry.add(_entry(name="s3"))
    registry.add(_entry(name="local"))
    with pytest.raises(EssError, match="no datastore 'gs'; there are: local, s3"):
        registry.load(Kind.DATASTORE, "gs")


@pytest.mark.parametrize("value", ["nosuch.module:x", "json:nosuch", "json", "", ":", "sys:", None, "..:x"])
def test_what_cannot_be_loaded_is_said_with_its_plugin(value):
    with pytest.raises(EssError, match="datastore 's3' of plugin one cannot be loaded: "):
        resolve(_entry(value=value))


@pytest.mark.parametrize("end", ["raise SystemExit(3)", "raise ZeroDivisionError", "import nosuch", "("])
def test_a_module_that_does_not_import_is_an_error_and_no_end(tmp_path, monkeypatch, end):
    (tmp_path / "spoilt.py").write_text(end)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("spoilt", None)
    with pytest.raises(EssError, match="of plugin one cannot be loaded"):
        resolve(_entry(value="spoilt:x"))


def test_a_broken_plugin_is_forgotten_whole():
    registry = Registry()
    registry.add(_entry())
    registry.add(_entry(Kind.CHECK, plugin="two"))
    registry.add(_entry(Kind.CHECK, name="other"))
    registry.forget("one")
    assert [entry.plugin for entry in registry.entries] == ["two"]
