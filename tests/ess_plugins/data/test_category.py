"""`ess category …`: files grouped, shown, changed and kept as text."""

import json

import pytest

from ess_core.files import UnreadableError
from ess_core.files.local import Local
from tests.ess_core.host.terminal import Terminal
from tests.ess_plugins.data.conftest import FILES

ROWS = "".join(f"2014-09-0{1 + at % 9},user{at},{at * 3},{at}.25\n" for at in range(30))
TEXT = f"day,userID,articleID,price\n{ROWS}"


@pytest.fixture
def shop(local, folder):
    """Files with rows, two days of them, and one of something else; returns ``here``."""
    for name in ("shop/2014-09-01.csv", "shop/2014-09-02.csv"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(TEXT)
    return local


def listed(here, *words):
    done = here("category", "list", "-f", "json", *words)
    assert done.returncode == 0, done.stderr
    return {row["name"]: row for row in json.loads(done.stdout)}


def exported(here, *words):
    done = here("category", "export", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def added(here, *words):
    done = here("category", "add", "shop", "shop/*", *words)
    assert done.returncode == 0, done.stderr
    return done


def test_add_says_what_is_there_and_what_it_is(shop):
    done = added(shop)
    assert done.stdout == ""
    assert done.stderr == (
        "shop: 2 files, 1.6 KiB, 2014-09-01 to 2014-09-02\n"
        "shop/2014-09-01.csv: delimited by ',', a header, utf-8; "
        "4 columns: S:day S:userID IS:articleID F:price\n"
    )
    row = listed(shop)["shop"]
    assert (row["files"], row["size"], row["label"]) == (2, 2 * len(TEXT), "local")
    assert (row["first"], row["last"], row["patterns"]) == ("2014-09-01", "2014-09-02", ["shop/*"])


def test_add_and_probe_warn_of_columns_that_the_rows_do_not_fit(shop, folder):
    doubt = (
        "30 of the first 30 rows do not fit the columns, one of them: day: '2014-09-01' is not a whole number"
    )
    warning = f"ess: warning: shop/2014-09-01.csv: {doubt}"
    spec = ("--columnspec", "I:day S:user I:article F:price")
    assert added(shop, *spec).stderr.splitlines()[2:] == [warning]
    assert shop("probe", "shop/2014-09-01.csv", *spec).stderr.splitlines() == [warning]
    (folder / "head.csv").write_text("day,user\n")
    assert shop("category", "add", "head", "head.csv").stderr.splitlines()[2:] == [
        "ess: warning: head.csv: its only line is taken for a header and not for a row: day, user"
    ]


def test_a_name_of_several_lines_is_said_on_one(local, folder):
    (folder / "a\nb.csv").write_text("day,user\n")
    done = local("category", "add", "odd", "a*.csv")
    assert done.stderr.splitlines()[1:] == [
        r"a\nb.csv: delimited by ',', a header, utf-8; 2 columns: S:day S:user",
        r"ess: warning: a\nb.csv: its only line is taken for a header and not for a row: day, user",
    ]
    assert local("probe", "a*.csv").stderr.splitlines() == done.stderr.splitlines()[2:]


def test_add_works_alike_in_a_bucket(anywhere):
    done = anywhere("category", "add", "logs", "logs/*.gz")
    assert (done.returncode, done.stderr.splitlines()[0].split(",")[0]) == (0, "logs: 2 files")
    row = listed(anywhere)["logs"]
    assert row["size"] == sum(len(body) for key, body in FILES.items() if key.endswith(".gz"))
    assert (row["first"], row["last"]) == ("2014-01-31", "2014-02-01")


def test_where_nothing_matches_nothing_is_added(shop):
    for words, hint in (
        (("zzz/*",), "`ess ls PATTERN` shows what matches"),
        (("shop/",), "'shop/**' is all that is below shop/"),
        (("my file",), "'\"my file\"' is one"),
        (("shop/*", "--exclude", "**"), "`ess ls"),
    ):
        done = shop("category", "add", "shop", *words)
        assert (done.returncode, done.stdout) == (4, ""), words
        assert "matches; nothing is added" in done.stderr
        assert hint in done.stderr
    assert listed(shop) == {}


def test_what_is_given_is_taken(shop):
    added(shop, "--columnspec", "S:d S:u I:a F:p", "--pkey", "a", "--comment", "the shop", "--usecache")
    text = exported(shop)
    for line in ('columnspec = "S:d S:u I:a F:p"', 'pkey = "a"', 'comment = "the shop"', "usecache = true"):
        assert f"{line}\n" in text
    assert '"userID"' in text  # what its header is known by
    added(shop, "--overwrite", "--alls")
    assert 'columnspec = "S:day S:userID S:articleID S:price"\n' in exported(shop)
    added(shop, "--overwrite", "--allx", "--dateformat", "none")
    text = exported(shop)
    assert 'columnspec = "X:day X:userID X:articleID X:price"\n' in text
    assert 'dateregex = "none"\n' in text


@pytest.mark.parametrize(
    ("typed", "delimiter"), [(r"\t", "\t"), (r"\x01", "\x01"), ("^", "^"), ("||", "||"), ("\x01", "\x01")]
)
def test_a_delimiter_may_be_typed(shop, folder, typed, delimiter):
    (folder / "shop" / "2014-09-01.csv").write_text(TEXT.replace(",", delimiter))
    done = added(shop, "--delimiter", typed)
    assert f"delimiter = {json.dumps(delimiter)}\n" in exported(shop)
    assert ", a header, utf-8; " in done.stderr
    assert "4 columns" in done.stderr


def test_without_a_probe_only_what_is_given_is_known(shop):
    assert added(shop, "--noprobe").stderr == "shop: 2 files, 1.6 KiB, 2014-09-01 to 2014-09-02\n"
    assert "dialect" not in exported(shop)
    added(shop, "--noprobe", "--overwrite", "--delimiter", ";", "--columnspec", "S:a")
    assert 'delimiter = ";"' in exported(shop)
    assert shop("category", "add", "x", "shop/*", "--noprobe", "--alls").returncode == 2


def test_a_file_that_cannot_be_looked_into_is_passed_over(shop, folder):
    (folder / "shop" / "2014-09-01.csv").write_bytes(b"\x1f\x8b\x08\x00broken")
    assert "shop/2014-09-02.csv: delimited by" in added(shop).stderr
    (folder / "shop" / "2014-09-02.csv").write_bytes(b"")
    done = added(shop, "--overwrite")
    assert "warning: no file could be looked into" in done.stderr
    assert "dialect" not in exported(shop)


def test_what_is_looked_into_is_what_a_command_makes_of_a_file(shop):
    done = added(shop, "--preprocess", "cut -d, -f1,4 | tr , ';'")
    assert "delimited by ';', a header, utf-8; 2 columns: S:day F:price" in done.stderr
    done = shop("category", "change", "shop", "preprocess", "tr , '|'")
    assert "delimited by '|', a header, utf-8; 4 columns" in done.stderr
    done = shop("category", "add", "other", "shop/*", "--preprocess", "exit 7")
    assert (done.returncode, "no file could be looked into" in done.stderr) == (0, True)


def test_the_members_that_are_asked_for_are_looked_into(local):
    done = local("category", "add", "zips", "*.zip", "--archive", "in/*")
    assert (done.returncode, "1 column: IS:" in done.stderr) == (0, True)
    local("category", "add", "zips", "*.zip", "--overwrite")
    assert 'columnspec = "IS:' in exported(local)


@pytest.mark.parametrize(
    "words",
    [
        ("1shop", "shop/*"),
        ("shop", "[a"),
        ("shop", "'x"),
        ("shop", "/elsewhere/*"),
        ("shop", "shop/*", "--exclude", "[a"),
        ("shop", "shop/*", "--dateregex", "[:%Q:]"),
        ("shop", "shop/*", "--compression", "rar"),
        ("shop", "shop/*", "--delimiter", r"\q"),
        ("shop", "shop/*", "--delimiter", ""),
        ("shop", "shop/*", "--columnspec", "Q:a"),
        ("shop", "shop/*", "--columnspec", "S:a S:b"),
        ("shop", "shop/*", "--alls", "--allx"),
        ("shop", "shop/*", "--alls", "--columnspec", "S:a S:b S:c S:d"),
        ("shop", "shop/*", "--pkey", "nothing"),
        ("shop", "shop/*", "--label", "nowhere"),
    ],
)
def test_what_cannot_be_is_said_in_a_line_and_nothing_added(shop, words):
    done = shop("category", "add", *words)
    assert done.returncode == 2
    assert done.stderr.startswith("ess: ")
    assert done.stderr.count("\n") <= 2
    assert listed(shop) == {}


def test_a_name_that_is_taken_needs_overwrite(shop):
    added(shop)
    done = shop("category", "add", "shop", "logs/*")
    assert (done.returncode, "--overwrite replaces it" in done.stderr) == (2, True)
    assert listed(shop)["shop"]["files"] == 2
    assert shop("category", "add", "shop", "logs/*", "--overwrite").returncode == 0
    assert listed(shop)["shop"]["patterns"] == ["logs/*"]


def test_an_absolute_pattern_is_about_the_folder(shop, folder):
    assert shop("category", "add", "shop", f"{folder}/shop/*").returncode == 0
    assert listed(shop)["shop"]["patterns"] == ["shop/*"]


def test_either_order_of_name_and_property_changes(shop):
    added(shop)
    for words in (
        ("columnspec", "shop", "S:a S:b S:c S:d"),
        ("shop", "columnspec", "S:d", "S:c", "S:b", "S:a"),
    ):
        done = shop("category", "change", *words)
        assert done.returncode == 0, done.stderr
        assert f'columnspec = "{" ".join(words[2:])}"' in exported(shop)


def test_change_of_what_files_there_are_lists_them(shop):
    added(shop)
    assert shop("category", "change", "shop", "exclude", "**/*02*").stderr.startswith("shop: 1 file, ")
    assert listed(shop)["shop"]["files"] == 1
    assert shop("category", "change", "shop", "exclude").stderr.startswith("shop: 2 files, ")
    shop("category", "change", "shop", "dateformat", "none")
    assert listed(shop)["shop"]["first"] is None
    done = shop("category", "change", "shop", "pattern", "zzz*")
    assert (done.returncode, listed(shop)["shop"]["patterns"]) == (4, ["shop/*"])


def test_change_of_what_the_text_is_looks_into_a_file(shop, folder):
    added(shop)
    done = shop("category", "change", "delimiter", "shop", ";")
    assert "delimited by ';', a header, utf-8; 1 column: " in done.stderr
    done = shop("category", "change", "delimiter", "shop", ",")
    assert "4 columns: S:day S:userID IS:articleID F:price" in done.stderr
    for name in ("2014-09-01.csv", "2014-09-02.csv"):
        (folder / "shop" / name).write_text(TEXT.replace(",", "|"))
    shop("category", "change", "shop", "patterns", "shop/*")
    done = shop("category", "change", "shop", "delimiter", "|")
    assert "4 columns: S:day S:userID IS:articleID F:price" in done.stderr
    done = shop("category", "change", "shop", "columnspec", "S:a S:b")
    assert (done.returncode, "has 2 columns, but the text has 4" in done.stderr) == (2, True)
    done = shop("category", "change", "shop", "compression", "gz", "--noprobe")
    assert (done.returncode, 'compression = "gz"' in exported(shop)) == (0, True)


def test_the_rest_can_be_changed(shop):
    added(shop)
    for name, words, line in (
        ("comment", ("of", "2014"), 'comment = "of 2014"'),
        ("pkey", ("userID",), 'pkey = "userID"'),
        ("usecache", ("yes",), "usecache = true"),
        ("archive", ("*.csv", "--noprobe"), 'archive = "*.csv"'),
        ("preprocess", ("cat", "--noprobe"), 'preprocess = "cat"'),
        ("name", ("store",), "[store]"),
    ):
        done = shop("category", "change", "shop", name, *words)
        assert done.returncode == 0, done.stderr
        assert f"{line}\n" in exported(shop)
    assert shop("category", "change", "store", "usecache", "maybe").returncode == 2
    assert shop("category", "change", "store", "pkey", "nothing").returncode == 2
    for name in ("comment", "dateregex", "compression"):
        assert shop("category", "change", "store", name).returncode == 0
    assert "comment" not in exported(shop)


def test_which_word_is_the_property_is_told_by_what_there_is(shop):
    done = shop("category", "change", "a", "b", "c")
    assert (done.returncode, "neither 'a' nor 'b' is a property" in done.stderr) == (2, True)
    shop("category", "add", "comment", "shop/*")
    assert shop("category", "change", "comment", "pkey", "day").returncode == 0
    assert shop("category", "change", "pkey", "comment", "userID").returncode == 0
    assert 'pkey = "userID"' in exported(shop)
    shop("category", "add", "pkey", "shop/*")
    done = shop("category", "change", "comment", "pkey", "day")
    assert (done.returncode, "both categories" in done.stderr) == (2, True)
    assert shop("category", "change", "nosuch", "comment", "x").returncode == 2


def test_copy_and_delete(shop, folder):
    added(shop, "--comment", "c")
    assert shop("category", "copy", "shop", "other").returncode == 0
    again = shop("category", "copy", "shop", "other")
    assert (again.returncode, "`ess category delete other` frees the name" in again.stderr) == (2, True)
    assert shop("category", "delete", "shop", "nosuch").returncode == 2
    assert sorted(listed(shop)) == ["other", "shop"]
    done = shop("category", "delete", "shop")
    assert done.stderr == f"forgot shop of file://{folder}; its files are untouched\n"
    assert listed(shop)["other"]["comment"] == "c"
    assert (folder / "shop" / "2014-09-01.csv").exists()


def test_categories_of_another_datastore_are_found_but_not_with_a_label(shop, ess):
    added(shop)
    (ess.cwd / "other").mkdir()
    shop("select", "local", "other", "--label", "other")
    assert list(listed(shop)) == ["shop"]
    assert listed(shop, "--label", "other") == {}
    assert shop("category", "change", "shop", "comment", "x").returncode == 0
    assert shop("category", "delete", "shop", "--label", "other").returncode == 2
    assert shop("category", "delete", "SHOP", "--label", "local").returncode == 0


def test_an_export_is_imported_as_it_was(shop, ess):
    added(shop, "--comment", "c")
    shop("category", "copy", "shop", "other")
    text = exported(shop)
    (ess.cwd / "kept.toml").write_text(text)
    assert shop("category", "import", "kept.toml").returncode == 2
    shop("category", "delete", "shop", "other")
    done = shop("category", "import", "kept.toml")
    assert (done.returncode, done.stderr.endswith(": other, shop\n")) == (0, True)
    assert exported(shop) == text
    assert text.endswith(exported(shop, "shop").partition("\n")[2])
    assert listed(shop)["shop"]["files"] is None
    assert shop("category", "import", "kept.toml", "--overwrite").returncode == 0


def test_an_import_that_cannot_be_adds_nothing(shop, ess):
    (ess.cwd / "bad.toml").write_text('[a]\npatterns = ["x"]\n[b]\npatterns = ["x"]\ncolumnspec = "Q"\n')
    done = shop("category", "import", "bad.toml")
    assert (done.returncode, "ess: bad.toml:5: [b] columnspec: " in done.stderr) == (2, True)
    assert listed(shop) == {}
    (ess.cwd / "bad.toml").write_bytes(b"# one\n# \xff\n")
    assert "bad.toml:2: this is no UTF-8" in shop("category", "import", "bad.toml").stderr
    assert shop("category", "import", "nosuch.toml").returncode == 1


RUNS = '[a]\npatterns = ["x"]\npreprocess = "rm -r \\u001b[2K *\\necho"\n'


def test_an_imported_command_needs_yes_where_nobody_can_be_asked(shop, ess):
    (ess.cwd / "runs.toml").write_text(RUNS)
    done = shop("category", "import", "runs.toml")
    assert done.returncode == 2
    assert "category a runs on every file: rm -r \\x1b[2K *\\necho\n" in done.stderr
    assert listed(shop) == {}
    assert shop("category", "import", "runs.toml", "--yes").returncode == 0


@pytest.mark.parametrize(("answer", "code", "names"), [("y", 0, ["a"]), ("n", 1, [])])
def test_an_imported_command_is_shown_and_asked_for(shop, ess, answer, code, names):
    (ess.cwd / "runs.toml").write_text(RUNS)
    terminal = Terminal("category", "import", "runs.toml", env=ess.env, cwd=ess.cwd)
    terminal.wait_for("add it? [y/N]")
    assert "category a runs on every file: rm -r \\x1b[2K *\\necho" in terminal.shown
    terminal.type(f"{answer}\n")
    assert terminal.end() == code
    assert list(listed(shop)) == names


def test_without_a_datastore_it_is_said_how_to_select_one(here):
    for words in (("add", "a", "b"), ("export",)):
        done = here("category", *words)
        assert done.stderr.startswith("ess: no datastore is selected\nhint: `ess select local [DIR]`")
    assert here("category", "list").returncode == 0


def test_any_number_of_ess_at_once_lose_nothing(shop, ess):
    names = [f"c{number}" for number in range(6)]
    running = [ess.start("category", "add", name, "shop/*", "logs/*") for name in names]
    for one in running:
        said = one.communicate(timeout=60)
        assert one.returncode == 0, said
    assert sorted(listed(shop)) == names
    assert {row["files"] for row in listed(shop).values()} == {4}


def test_a_folder_that_cannot_be_read_is_named_and_the_rest_added(shop, folder, monkeypatch):
    whole = Local.facts

    def partly(self, prefix=""):
        yield from whole(self, prefix)
        raise UnreadableError("could not read 'shop/private': Permission denied")

    monkeypatch.setattr(Local, "facts", partly)
    done = shop("category", "add", "shop", "shop/*")
    assert (done.returncode, "could not read 'shop/private'" in done.stderr) == (3, True)
    assert listed(shop)["shop"]["files"] == 2
