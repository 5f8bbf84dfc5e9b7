"""A scan knows every file, and writes what is not as before and nothing else."""

import os
from datetime import UTC, date, datetime, timedelta

import pytest

from ess_core.errors import EssError
from ess_core.files import File, UnreadableError
from ess_core.files.dates import Range, date_format, parse_range
from ess_core.tables import categories
from ess_core.tables.categories import comparing
from ess_core.tables.categories.database import DATABASE


class Listed:
    """A datastore of files that are only listed."""

    url = "s3://made"

    def __init__(self, files, error=None):
        self.files = sorted(files, key=lambda file: file.key.encode("utf-8", "surrogateescape"))
        self.error = error

    def list(self, prefix=""):
        yield from (file for file in self.files if file.key.startswith(prefix))
        if self.error:
            raise self.error


def file(key, size=1, storage_class="", etag="e"):
    return File(key, size, datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC), etag, storage_class)


def made(*patterns, **settings):
    said = {"name": "made", "url": "s3://made", "label": "made", "patterns": patterns or ("**",)}
    return categories.Category(**said | settings)


def added(store, *patterns, **settings):
    one = made(*patterns, **settings)
    with categories.compare(one, store) as found:
        return categories.add(one, found)


def stored(category, *ends):
    within = parse_range(*ends) if ends else Range()
    return [one.file.key for one in categories.files(category, within)]


KEYS = ("x/2014-02-01", "none", "x/2014-01-31T2359", "y/2014-01-31", "x/2014-01", "2015")
HOSTILE = (
    "new\nline",
    "'; DROP TABLE file; --",
    "\udcff\udc80",
    "🎈",
    " ",
    "a\tb",
    "%s",
    "*?[",
    "é",
    "e\u0301",
)


def test_every_file_comes_back_as_it_was_listed():
    files = [file(key, number, "GLACIER", f'"{key!r}"') for number, key in enumerate(HOSTILE)]
    category = added(Listed(files))
    assert sorted((one.file for one in categories.files(category)), key=lambda one: one.size) == files


def test_files_come_by_date_and_key_with_those_without_date_first():
    category = added(Listed(map(file, KEYS)))
    assert stored(category) == [
        "2015",
        "none",
        "x/2014-01",
        "y/2014-01-31",
        "x/2014-01-31T2359",
        "x/2014-02-01",
    ]
    moments = [one.moment for one in categories.files(category)]
    assert moments == [date_format("auto").moment_of(key) for key in stored(category)]


@pytest.mark.parametrize(
    "ends",
    [
        ("2014-01-31", "2014-01-31"),
        ("2014-01-31T00", "2014-01-31T2358"),
        ("2014-01-15", "2014-01-20"),
        ("*", "2014-01-31"),
        ("2014-02-01", "*"),
        ("*", "*"),
        ("0001-01-01", "9999-12-31"),
        ("2020-01-01", "2021-01-01"),
    ],
)
@pytest.mark.parametrize("dateregex", ["auto", "[:%Y:](?:-[:%m:])?", "none"])
def test_a_range_has_exactly_what_it_covers(ends, dateregex):
    category = added(Listed(map(file, KEYS)), dateregex=dateregex)
    moment_of = date_format(dateregex).moment_of
    assert sorted(stored(category, *ends)) == sorted(
        key for key in KEYS if parse_range(*ends).covers(moment_of(key))
    )


def test_dates_with_a_time_zone_keep_it_and_are_ordered_in_utc():
    keys = ("a 2014-01-01T23+0200", "b 2014-01-01T22Z", "c 2014-01-01T20-0330", "d 0001-01-01T00+0100")
    category = added(Listed(map(file, keys)), dateregex="[:%Y:]-[:%m:]-[:%d:]T[:%H:][:%z:]")
    assert [str(one.moment) for one in categories.files(category)] == [
        "0001-01-01T00+01:00",
        "2014-01-01T23+02:00",
        "2014-01-01T22+00:00",
        "2014-01-01T20-03:30",
    ]
    assert str(category.first) == "0001-01-01T00"
    assert str(category.last) == "2014-01-01T23"
    assert stored(category, "2014-01-01T2200", "2014-01-01T2200") == ["b 2014-01-01T22Z"]


def test_figures_are_those_of_the_files():
    files = [file("2014-01", 5), file("2014-03", 7, "DEEP_ARCHIVE"), file("none", 1)]
    category = added(Listed(files), dateregex="[:%Y:]-[:%m:]")
    assert (category.files, category.size_bytes, category.archived) == (3, 13, 1)
    assert (str(category.first), str(category.last)) == ("2014-01", "2014-03")
    assert [one.is_archived for one in categories.files(category)] == [False, False, True]
    assert category.scanned_at
    nothing = added(Listed([]), name="nothing")
    assert (nothing.files, nothing.size_bytes, nothing.first) == (0, 0, None)


def test_days_have_the_files_and_bytes_of_each():
    category = added(
        Listed([file(key, 2) for key in ("a/2014-01-31T05", "b/2014-01-31", "2014-02-01", "none")])
    )
    found = [(str(day.moment), day.files, day.size_bytes) for day in categories.days(category)]
    assert found == [("None", 1, 2), ("2014-01-31", 2, 4), ("2014-02-01", 1, 2)]
    months = added(
        Listed([file("2014-01"), file("2014-02")]), "2014*", dateregex="[:%Y:]-[:%m:]", name="months"
    )
    assert [str(day.moment) for day in categories.days(months)] == ["2014-01", "2014-02"]


def test_days_are_those_of_the_last_scan_also_of_a_copy():
    category = added(Listed([file("2014-01-01"), file("2014-01-02")]))
    categories.scan(category, Listed([file("2014-01-02"), file("2014-01-03", 9)]))
    expected = [("2014-01-02", 1), ("2014-01-03", 1)]
    for one in (category, categories.copy(category, "copy")):
        assert [(str(day.moment), day.files) for day in categories.days(one)] == expected
    categories.delete(category)
    assert categories.days(added(Listed([]))) == []
    with DATABASE.reading() as database:
        assert database.execute("SELECT count(*) FROM tally").fetchone() == (2,)


def written(do):
    """How many rows a block changed, by triggers on every table."""
    with DATABASE.writing() as database:
        database.execute("CREATE TABLE IF NOT EXISTS seen (what TEXT)")
        database.execute("DELETE FROM seen")
        for verb in ("INSERT", "UPDATE", "DELETE"):
            database.execute(
                f"CREATE TRIGGER IF NOT EXISTS on_{verb} AFTER {verb} ON file "
                f"BEGIN INSERT INTO seen VALUES ('{verb}'); END"
            )
    do()
    with DATABASE.reading() as database:
        return [what for (what,) in database.execute("SELECT what FROM seen")]


def test_only_differences_are_written():
    files = {key: file(key) for key in (f"2014-01-{day:02}" for day in range(1, 29))}
    category = added(Listed(files.values()))
    assert written(lambda: categories.scan(category, Listed(files.values()))) == []
    files["new"] = file("new", 3)
    files["2014-01-05"] = file("2014-01-05", etag="other")
    del files["2014-01-07"]
    done = []
    seen = written(lambda: done.append(categories.scan(category, Listed(files.values()))))
    assert sorted(seen) == ["DELETE", "INSERT", "INSERT"]  # the changed one is put in anew
    assert done == [categories.ScanDone(added=1, changed=1, gone=1, files=28, size_bytes=30)]
    assert [one.file for one in categories.files(category)] == [files["new"], *list(files.values())[:-1]]
    assert categories.find("made").files == 28


@pytest.mark.parametrize("field", ["size", "last_modified", "etag", "storage_class"])
def test_any_difference_counts(field):
    before = file("2014-01-01")
    other = {"size": 2, "last_modified": before.last_modified + timedelta(microseconds=1)}
    after = File(
        **{name: getattr(before, name) for name in before.__slots__} | {field: other.get(field, "x")}
    )
    category = added(Listed([before]))
    assert categories.scan(category, Listed([after])).changed == 1
    assert [one.file for one in categories.files(category)] == [after]


def test_another_format_of_dates_is_a_difference():
    category = added(Listed([file("2014-01-01"), file("b")]))
    changed = categories.change(category, {"dateregex": "none"})
    assert categories.scan(changed, Listed([file("2014-01-01"), file("b")])).changed == 1
    assert categories.find("made").first is None


def test_many_differences_are_all_applied(monkeypatch):
    monkeypatch.setattr(comparing, "_BATCH", 7)
    keys = [f"{number:03}" for number in range(200)]
    category = added(Listed(map(file, keys)))
    assert stored(category) == keys
    done = categories.scan(category, Listed([file(key, etag="f") for key in keys[50:]] + [file("x")]))
    assert (done.added, done.changed, done.gone) == (1, 150, 50)
    assert stored(category) == [*keys[50:], "x"]


def test_what_could_not_be_listed_is_not_taken_for_gone():
    category = added(Listed(map(file, "abc")))
    with pytest.raises(UnreadableError):
        categories.scan(category, Listed(map(file, "ad"), UnreadableError("could not read 'b'")))
    assert stored(category) == ["a", "b", "c", "d"]
    assert categories.find("made").files == 4


def test_a_listing_that_fails_changes_nothing():
    category = added(Listed(map(file, "abc")))
    with pytest.raises(EssError, match="gone away"):
        categories.scan(category, Listed(map(file, "d"), EssError("gone away")))
    assert stored(category) == ["a", "b", "c"]


def test_a_scan_of_what_was_replaced_meanwhile_is_refused():
    category = added(Listed(map(file, "abc")))
    with categories.compare(category, Listed(map(file, "ab"))) as found:
        categories.delete(category)
        added(Listed(map(file, "xyz")))
        with pytest.raises(EssError, match="another ess replaced"):
            categories.change(category, {}, found)
    assert stored(category) == ["x", "y", "z"]


def test_overwriting_what_another_ess_added_meanwhile_leaves_none_of_its_files():
    with categories.compare(made(), Listed([file("mine")])) as found:
        added(Listed([file("theirs")]))
        category = categories.add(made(), found, overwrite=True)
    assert stored(category) == ["mine"]
    assert category.files == 1


def test_fresh_scans_unless_the_stored_list_is_to_be_trusted():
    once = Listed([file("a")])
    kept = categories.add(made())
    assert categories.fresh(kept, once, usecache=True).files == 1  # there was no list yet
    twice = Listed(map(file, "ab"))
    kept = categories.find("made")
    assert categories.fresh(kept, twice, usecache=True).files == 1
    assert categories.fresh(kept, twice).files == 2
    trusting = categories.change(kept, {"usecache": True})
    assert categories.fresh(trusting, once).files == 2


def test_files_are_those_of_one_moment_while_another_scans():
    category = added(Listed(map(file, "abc")))
    reading = categories.files(category)
    assert next(reading).file.key == "a"
    categories.scan(category, Listed([file("z")]))
    assert [one.file.key for one in reading] == ["b", "c"]


def test_what_a_real_folder_has_is_found(category, folder):
    store = folder("logs/2014-01-01.csv", "logs/2014-01-02.csv", os.fsdecode(b"logs/\xff.csv"), "other")
    one = category("logs", "logs/*", excluded=("**/*02*",))
    with categories.compare(one, store) as found:
        assert [sample.key for sample in found.samples] == ["logs/2014-01-01.csv", "logs/\udcff.csv"]
        kept = categories.add(one, found)
    assert (kept.files, kept.first.at.date()) == (2, date(2014, 1, 1))
    assert categories.scan(kept, store) == categories.ScanDone(0, 0, 0, 2, kept.size_bytes)


def test_samples_are_files_with_bytes_that_can_be_read():
    with categories.compare(
        made(), Listed([file("a", 0), file("b", 1, "GLACIER"), file("c"), file("d")])
    ) as found:
        assert [sample.key for sample in found.samples] == ["c", "d"]
