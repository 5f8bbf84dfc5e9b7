"""Categories are kept as they are said, found by name, and lose nothing to another ess."""

from dataclasses import replace

import pytest

from ess_core.errors import NothingMatchedError, UsageError
from ess_core.home.database import DamagedDatabaseError
from ess_core.tables import categories, columnspec
from ess_core.tables.categories import database as db
from ess_core.tables.categories.database import DATABASE
from ess_core.tables.dialect import Dialect


def names(found):
    return [one.name for one in found]


def test_a_category_comes_back_as_it_was_said(category):
    said = category(
        "a.b-c_1",
        "logs/*.gz",
        "odd \udcff name*",
        excluded=("**/_SUCCESS",),
        dateregex="[:%Y:][:%m:]",
        members="*.csv",
        compression="gz",
        preprocess="sed 's/\"//g'",
        dialect=Dialect(delimiter="\x01", names=("a", "b\udc80")),
        columns=columnspec.parse('S:a I:"b b" X'),
        pkey="a",
        comment="what\nit is",
        usecache=True,
    )
    assert categories.add(said) == said
    assert categories.find("a.b-c_1") == said
    assert said.recipe.columns == said.columns


def test_without_columns_there_is_no_recipe(category):
    with pytest.raises(UsageError, match="nothing is known of the format and columns of category logs"):
        _ = category().recipe
    with pytest.raises(UsageError, match="nothing is known of the columns"):
        _ = category(dialect=Dialect()).recipe


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"name": "1a"}, "no name"),
        ({"name": "a b"}, "no name"),
        ({"name": "ä"}, "no name"),
        ({"name": ""}, "no name"),
        ({"name": "a:b"}, "no name"),
        ({"name": "a\n"}, "no name"),
        ({"excluded": ("[a",)}, "without its"),
        ({"patterns": ("",)}, "no pattern"),
        ({"dateregex": "[:%Q:]"}, "unknown class"),
        ({"compression": "rar"}, "no compression"),
        ({"columns": columnspec.parse("S:a X:b"), "pkey": "b"}, "no column"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_kept(category, settings, said):
    with pytest.raises(UsageError, match=said):
        categories.add(category(**settings))
    assert categories.known() == []


def test_all_columns_may_be_skipped(category):
    kept = categories.add(category(dialect=Dialect(), columns=columnspec.parse("X:a X:b")))
    assert kept.recipe.columns.kept == ()


def test_a_name_is_one_category_of_a_datastore(category):
    categories.add(category())
    with pytest.raises(UsageError, match="already"):
        categories.add(category(comment="other"))
    categories.add(category(comment="other"), overwrite=True)
    assert categories.find("logs").comment == "other"
    assert len(categories.known()) == 1


def test_all_or_none_are_added(category):
    categories.add(category("b"))
    with pytest.raises(UsageError):
        categories.add_all([category("a"), category("b")])
    assert names(categories.known()) == ["b"]


def test_find_takes_the_own_datastore_first_then_the_only_one_elsewhere():
    for name, url in (("logs", "s3://a"), ("Logs", "s3://a"), ("logs", "s3://b"), ("Users", "s3://b")):
        categories.add(categories.Category(name, url, "x", ("**",)))

    def found(name, url="", **settings):
        one = categories.find(name, url, **settings)
        return one.name, one.url

    assert found("logs", "s3://a") == ("logs", "s3://a")
    assert found("Logs", "s3://a") == ("Logs", "s3://a")
    assert found("LOGS", "s3://b") == ("logs", "s3://b")
    assert found("users", "s3://a") == found("users") == ("Users", "s3://b")
    assert found("Logs") == ("Logs", "s3://a")
    case = "the case of its letters"
    for name, url, how in (("LOGS", "s3://a", case), ("logs", "", "--label"), ("LOGS", "s3://c", "--label")):
        with pytest.raises(UsageError, match="several") as raised:
            found(name, url)
        assert "logs in s3://a" in raised.value.hint
        assert raised.value.hint.endswith(f"; {how} chooses")
    with pytest.raises(UsageError, match="no category 'users' in s3://a") as raised:
        found("users", "s3://a", only=True)
    assert raised.value.hint == "there are: Logs in s3://a, logs in s3://a"
    with pytest.raises(UsageError, match="no category 'x'"):
        found("x")


def test_where_there_is_none_the_hint_says_how_to_make_one():
    with pytest.raises(UsageError) as raised:
        categories.find("logs")
    assert raised.value.hint == "`ess category add NAME PATTERN` makes one"


def test_change_leaves_what_others_changed_meanwhile(category):
    read = categories.add(category())
    categories.change(read, {"comment": "theirs"})
    changed = categories.change(read, {"columnspec": "S:a", "name": "new"})
    assert (changed.name, changed.comment, str(changed.columns)) == ("new", "theirs", "S:a")
    assert names(categories.known()) == ["new"]


def test_a_change_that_cannot_be_changes_nothing(category):
    before = categories.add(category())
    categories.add(category("other"))
    for said in ({"name": "other"}, {"compression": "rar"}, {"columnspec": "Q:a"}, {"patterns": []}):
        with pytest.raises(UsageError):
            categories.change(before, said)
    assert categories.find("logs") == before


def test_a_copy_has_the_same_settings_and_files(category, folder):
    store = folder("a/2014-01-01", "b")
    with categories.compare(category(), store) as found:
        kept = categories.add(category(comment="c"), found)
    copied = categories.copy(kept, "second")
    assert (copied.comment, copied.files, copied.first) == ("c", 2, kept.first)
    assert list(categories.files(copied)) == list(categories.files(kept))
    for taken in ("logs", "second", "no name"):
        with pytest.raises(UsageError):
            categories.copy(kept, taken)
    categories.delete(kept)
    assert len(list(categories.files(copied))) == 2


def test_delete_forgets_the_files_too(category, folder):
    with categories.compare(category(), folder("a")) as found:
        kept = categories.add(category(), found)
    categories.delete(kept)
    assert categories.known() == []
    with DATABASE.reading() as database:
        assert database.execute("SELECT count(*) FROM file").fetchone() == (0,)
    for gone in (categories.delete, lambda one: list(categories.files(one)), categories.days):
        with pytest.raises(NothingMatchedError, match="any more"):
            gone(kept)


def test_a_damaged_database_is_said_with_a_way_out(category, ess_home):
    categories.add(category())
    (ess_home / "categories.db").write_bytes(b"no database" * 500)
    with pytest.raises(DamagedDatabaseError) as raised:
        categories.known()
    assert raised.value.hint.endswith("then add your categories again")


def test_what_the_first_version_kept_is_there_still(category):
    first = replace(DATABASE, migrations=DATABASE.migrations[:1])
    with first.writing() as database:
        number = db.insert(database, category())
        database.execute("INSERT INTO file VALUES (?, x'61', 1, 2, 'e', '', 3, 0)", (number,))
    assert [found.file.key for found in categories.files(categories.find("logs"))] == ["a"]
    with DATABASE.reading() as database:
        assert not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'file_by_moment'").fetchall()
