"""`ess summary`: whole screens, rows for scripts, and the page."""

import json
import re
import stat
import textwrap

import pytest

from ess_core.files.local import Local
from ess_core.tables import categories
from ess_core.tables.categories import Category
from ess_core.tables.columnspec import parse
from ess_core.tables.dialect import Dialect
from tests.ess_core.host.terminal import Terminal

DAYS = ("2014-01-01", "2014-01-02", "2014-01-05")


@pytest.fixture
def sales(here, ess):
    """A category with a file on three days and one without a date, not scanned yet; returns ``here``."""
    folder = ess.cwd / "data"
    (folder / "sales").mkdir(parents=True)
    for number, day in enumerate(DAYS):
        (folder / "sales" / f"{day}.csv").write_bytes(b"id\tprice\n" * 100 * (number + 1))
    (folder / "sales" / "undated.csv").write_bytes(b"1\t2\n")
    assert here("select", "local", folder, "--label", "shop").returncode == 0
    keep(
        Category(
            "sales",
            f"file://{folder}",
            "shop",
            ("sales/*.csv",),
            ("**/_*",),
            preprocess="sed 's/a/b/'",
            dialect=Dialect(delimiter="\t", names=("id", "price", "")),
            columns=parse('I:id F:"the price" X'),
            pkey="id",
            comment="what was sold",
        )
    )
    return here


def keep(category, scanned=False):
    if not scanned:
        return categories.add(category)
    with categories.compare(category, Local(category.url)) as found:
        return categories.add(category, found)


def shown(done):
    """A screen that ended well, with the time of a scan replaced."""
    assert done.returncode == 0, done.stderr
    return re.sub(r"20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8}", "YYYY-MM-DD hh:mm:ss", done.stdout)


def screen(text):
    return textwrap.dedent(text).lstrip("\n")


def test_all_categories_with_count_size_and_dates(sales, ess):
    assert shown(sales("summary")) == screen("""
        category  files  size  first  last  last scan  datastore
        sales         0   0 B  -      -     never      shop
        """)
    keep(Category("a-b", f"file://{ess.cwd}/data", "shop", ("**",), dateregex="none"), scanned=True)
    assert shown(sales("summary", "--scan")) == screen("""
        category  files     size  first       last        last scan            datastore
        a-b           4  5.3 KiB  -           -           YYYY-MM-DD hh:mm:ss  shop
        sales         4  5.3 KiB  2014-01-01  2014-01-05  YYYY-MM-DD hh:mm:ss  shop
        """)
    assert sales("summary", "--short").stdout == "a-b\nsales\n"
    found = json.loads(sales("summary", "-f", "json").stdout)
    assert [(one["category"], one["files"], one["size"], one["first"]) for one in found] == [
        ("a-b", 4, 5404, None),
        ("sales", 4, 5404, "2014-01-01"),
    ]


def test_one_category_in_depth(sales, ess):
    assert shown(sales("summary", "sales", "--scan")) == screen(f"""
        sales
          files          4, 5.3 KiB
          dates          2014-01-01 to 2014-01-05, 3 of 5 days, 1 gap
          without date   1 file
          last scan      YYYY-MM-DD hh:mm:ss
          datastore      file://{ess.cwd}/data
          patterns       sales/*.csv
          except         **/_*
          date in names  auto
          compression    by the bytes of each file
          preprocess     sed 's/a/b/'
          format         delimited by '\\\\t' (tab); quote "; escape the quote twice; header yes
          encoding       utf-8
          key            id
          comment        what was sold

          #  column     type  in SQL
          1  id         I     UINTEGER
          2  the price  F     DOUBLE
          3  -          X
        """)
    assert shown(sales("summary", "SALES", "--short")) == screen("""
        sales
          files         4, 5.3 KiB
          dates         2014-01-01 to 2014-01-05, 3 of 5 days, 1 gap
          without date  1 file
          last scan     YYYY-MM-DD hh:mm:ss
        """)


def test_a_property_is_printed_alone_for_a_script(sales):
    for name, text in (
        ("pkey", "id"),
        ("columnspec", 'I:id F:"the price" X'),
        ("schema", '"id" UINTEGER, "the price" DOUBLE'),
        ("delimiter", "\\t"),
        ("compression", "auto"),
        ("preprocess", "sed 's/a/b/'"),
    ):
        done = sales("summary", "sales", name)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{text}\n", "")
    assert json.loads(sales("summary", "sales", "delimiter", "-f", "json").stdout) == {"delimiter": "\t"}


def test_scripts_get_one_object_with_all_that_is_known(sales):
    sales("summary", "--scan")
    found = json.loads(sales("summary", "sales", "-f", "json").stdout)
    assert found | {"files": 4, "days": 3, "days_missing": 2, "gaps": 1, "without_date": 1} == found
    assert found | {"patterns": ["sales/*.csv"], "exclude": ["**/_*"], "delimiter": "\t"} == found
    assert sales("summary", "sales", "-f", "value", "-c", "files", "-c", "last").stdout == "4\n2014-01-05\n"


def test_without_a_scan_nothing_is_listed(sales, ess):
    sales("summary", "--scan")
    (ess.cwd / "data").rename(ess.cwd / "gone")
    assert "4, 5.3 KiB" in shown(sales("summary", "sales"))
    done = sales("summary", "sales", "--scan")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no folder" in done.stderr
    done = sales("summary", "--scan")
    assert done.returncode == 3
    assert "sales" in done.stdout
    assert "ess: sales: there is no folder" in done.stderr
    keep(Category("more", f"file://{ess.cwd}/data", "shop", ("**",)))
    done = sales("summary", "--scan", "-f", "csv", "-c", "category")
    assert (done.returncode, done.stdout.splitlines()[1:]) == (3, ['"more"', '"sales"'])
    assert "ess: 2 categories could not be scanned: more: there is no folder" in done.stderr


def test_the_calendar_in_a_pipe_has_no_colours(sales):
    sales("summary", "--scan")
    assert shown(sales("summary", "sales", "--plot")) == screen("""
        sales
          files         4, 5.3 KiB
          dates         2014-01-01 to 2014-01-05, 3 of 5 days, 1 gap
          without date  1 file
          last scan     YYYY-MM-DD hh:mm:ss

        2014: 3 files on 3 days, 5.3 KiB
            files a day       bytes a day
            Jan               Jan
        Mon               Mon
        Tue               Tue
        Wed █             Wed ▒
        Thu █             Thu ▓
        Fri ·             Fri ·
        Sat ·             Sat ·
        Sun █             Sun █

        files a day:  · none   █ 1
        bytes a day:  · none   ▒ 900 B   ▓ 1.8 KiB   █ 2.6 KiB

        1 gap: 2 of 5 days from 2014-01-01 to 2014-01-05 have no files
          2014-01-03 to 2014-01-04        2 days
        """)
    assert sales("summary", "sales", "--plot", "-f", "tsv").stdout.splitlines() == [
        "date\tthrough\tfiles\tsize",
        "2014-01-01\t\t1\t900",
        "2014-01-02\t\t1\t1800",
        "2014-01-05\t\t1\t2700",
    ]


def test_on_a_terminal_the_calendar_has_colours_and_its_width(sales, ess):
    sales("summary", "--scan")
    for env, has_colours in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        terminal = Terminal(
            "summary",
            "sales",
            "--plot",
            env={**ess.env, "TERM": "xterm", "COLUMNS": "30", **env},
            cwd=ess.cwd,
        )
        assert terminal.end() == 0
        assert ("\x1b[31m·\x1b[0m" in terminal.shown) == has_colours
        assert terminal.shown.count("\x1b") == (2 * 5 + 2 + 4) * 2 * has_colours
        assert len(re.findall("Mon", terminal.shown)) == 2
        assert max(map(len, re.findall("(?:Mon|Jan).*", terminal.shown))) <= 30


def test_where_the_locale_is_not_utf8_marks_are_ascii(sales, monkeypatch):
    sales("summary", "--scan")
    monkeypatch.setattr("locale.getencoding", lambda: "ISO-8859-1")
    done = sales("summary", "sales", "--plot")
    assert done.stdout.isascii()
    assert "  . none   # 1\n" in done.stdout


def test_without_dates_the_calendar_says_so(sales, ess):
    keep(Category("all", f"file://{ess.cwd}/data", "shop", ("**",), dateregex="none"), scanned=True)
    lines = sales("summary", "all", "--plot").stdout.splitlines()
    assert lines[-1] == "none of 4 files has a date in its name (dateregex none)"
    hostile = "[:%Y:]-x\x1b"
    keep(Category("odd", f"file://{ess.cwd}/data", "shop", ("**",), dateregex=hostile), scanned=True)
    assert "\x1b" not in sales("summary", "odd", "--plot").stdout
    keep(Category("none", f"file://{ess.cwd}/data", "shop", ("nothing",)), scanned=True)
    assert sales("summary", "none", "--plot").stdout.splitlines()[-1] == "no files"


def test_the_page_is_written_whole_or_not_at_all(sales, ess):
    sales("summary", "--scan")
    path = ess.cwd / "page.html"
    done = sales("summary", "sales", "--html", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"wrote {path}\n")
    page = path.read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert page.endswith("</html>\n")
    assert stat.S_IMODE(path.stat().st_mode) & 0o444 == 0o444
    assert sales("summary", "sales", "--html", "-").stdout == page

    link = ess.cwd / "link.html"
    link.symlink_to(path)
    path.write_text("before")
    with path.open() as reader:
        assert sales("summary", "sales", "--html", link).returncode == 0
        assert reader.read() == "before"
    assert (link.is_symlink(), path.read_text()) == (True, page)
    assert sorted(one.name for one in ess.cwd.iterdir()) == ["data", "link.html", "page.html"]


def test_what_cannot_be_is_said(sales, ess):
    for words, code, said in (
        (("nope",), 2, "there is no category 'nope'"),
        (("sales", "colour"), 2, "invalid choice: 'colour'"),
        (("--plot",), 2, "which category"),
        (("--html", "x"), 2, "which category"),
        (("sales", "pkey", "--plot"), 2, "printed as it is"),
        (("sales", "--plot", "--short"), 2, "not allowed with"),
        (("sales", "--html", "x", "-f", "json"), 2, "no other format"),
        (("sales", "--html", ess.cwd), 2, "is no file"),
        (("sales", "--html", "/dev/null"), 2, "is no file"),
        (("sales", "--html", ""), 2, "is no file"),
        (("sales", "--html", "no/page.html"), 2, "there is no folder"),
        (("sales", "--label", "nope"), 2, "no datastore with the label"),
        (("sales", "-c", "nope", "-f", "json"), 2, "no column 'nope'"),
    ):
        done = sales("summary", *words)
        assert (done.returncode, done.stdout) == (code, ""), words
        assert said in done.stderr, words
        assert len(done.stderr.splitlines()) <= 2


def test_no_categories_is_no_failure(here):
    done = here("summary")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "there is no category: `ess category add NAME PATTERN` makes one\n"
