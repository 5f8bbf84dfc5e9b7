"""`ess probe`: whole screens, and the columns for scripts."""

import bz2
import gzip
import io
import json
import re
import tarfile
import textwrap
import zipfile
from datetime import UTC, datetime

import duckdb
import pytest

from ess_core.errors import EssError
from ess_core.files import File
from ess_core.files.globs import Glob
from ess_core.files.local import Local
from ess_core.tables import categories
from ess_core.tables.categories import Category
from ess_plugins.data.probing import first_of
from tests.ess_core.host.terminal import Terminal

ROWS = [
    f"{number:05}|2014-01-{number % 28 + 1:02}|{number / 4:.2f}|10.0.0.{number}" for number in range(1, 61)
]
TABLE = "\n".join(["id|day|price|client address", *ROWS, ""]).encode()


def zipped(**members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, body in members.items():
            file.writestr(name, body)
    return made.getvalue()


def tarred(body):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:bz2") as file:
        about = tarfile.TarInfo("in.csv")
        about.size = len(body)
        file.addfile(about, io.BytesIO(body))
    return made.getvalue()


FILES = {
    "empty": b"",
    "cut.gz": gzip.compress(TABLE * 400, mtime=0)[:-2000],
    "names": 'größe;naïve;日本\n1,5;a\x1b[31mb;日本語\n2,5;"x\ny";z\n'.encode(),
    "odd[*": TABLE,
    "plain.csv": TABLE,
    "sub/table.csv.gz": gzip.compress(TABLE, mtime=0),
    "two.zip": zipped(**{"a.txt": "x,1\ny,2\nz,3\n", "b.csv": TABLE}),
    "wide.txt": bz2.compress(b"ab   12  x\ncd    3  y\nef  456  z\n" * 9),
    "t.tbz": tarred(TABLE),
}


@pytest.fixture
def files(here, ess):
    """FILES, selected; returns ``here``."""
    for key, body in FILES.items():
        path = ess.cwd / "data" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    assert here("select", "local", ess.cwd / "data").returncode == 0
    return here


def screen(text):
    return textwrap.dedent(text).lstrip("\n")


def shown(done):
    assert done.returncode == 0, done.stderr
    return re.sub(r"20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8}", "YYYY-MM-DD hh:mm:ss", done.stdout)


def fact(done, name):
    found = re.search(rf"^  {name} +(.*)$", done.stdout, re.MULTILINE)
    return found[1] if found else None


def test_a_person_reads_at_a_glance_what_a_file_is(files):
    assert shown(files("probe", "sub/table.csv.gz", "--rows", "2")) == screen("""
        sub/table.csv.gz
          file         535 B, changed YYYY-MM-DD hh:mm:ss
          compression  gz
          text         1.9 KiB, 60 rows
          encoding     utf-8
          format       delimited by '|'
          quote        "
          escape       the quote twice
          header       yes
          columnspec   S:id S:day F:price IP:"client address"

          #  column          type  in SQL   why
          1  id              S     VARCHAR  zeros in front, as in '00001'
          2  day             S     VARCHAR  text, as '2014-01-02'
          3  price           F     DOUBLE   decimal numbers
          4  client address  IP    VARCHAR  IP addresses

          id     day         price  client address
          00001  2014-01-02  0.25   10.0.0.1
          00002  2014-01-03  0.50   10.0.0.2
        """)


def test_any_text_is_shown_harmlessly_and_aligned(files):
    assert shown(files("probe", "names")) == screen("""
        names
          file           56 B, changed YYYY-MM-DD hh:mm:ss
          compression    none
          text           56 B, 2 rows
          encoding       utf-8
          format         delimited by ';'
          quote          "
          escape         the quote twice
          decimal point  ,
          header         yes
          columnspec     F:größe S:naïve S:日本

          #  column  type  in SQL   why
          1  größe   F     DOUBLE   decimal numbers with a comma
          2  naïve   S     VARCHAR  text, as 'a\\\\x1b[31mb'
          3  日本    S     VARCHAR  text, as '日本語'

          größe  naïve       日本
          1,5    a\\x1b[31mb  日本語
          2,5    x\\ny        z
        """)


def test_on_a_terminal_no_line_of_a_table_is_wrapped(files, ess):
    terminal = Terminal("probe", "plain.csv", env={**ess.env, "COLUMNS": "32"}, cwd=ess.cwd)
    assert terminal.end() == 0
    lines = terminal.shown.splitlines()
    table = lines[lines.index("") :]
    assert max(map(len, table)) == 32
    assert "  1  id              S     VARC…" in table
    assert "'00001'" in ess("probe", "plain.csv", env={"COLUMNS": "32"}).stdout


def test_of_a_pattern_the_first_file_with_bytes_is_looked_at(files):
    assert files("probe", "[ep]*").stdout.splitlines()[0] == "plain.csv"
    assert files("probe", "e*").stdout.splitlines()[0] == "empty"


def test_archived_files_are_passed_over():
    changed = datetime(2026, 1, 1, tzinfo=UTC)

    class Listed:
        url = "s3://bucket"

        def __init__(self, **classes):
            self.classes = classes

        def list(self, prefix):
            return (File(key, 1, changed, "", kind) for key, kind in self.classes.items())

    assert first_of(Listed(a="GLACIER", b="DEEP_ARCHIVE", c="STANDARD"), Glob("*")).key == "c"
    with pytest.raises(EssError, match="'a' is archived, as all the others"):
        first_of(Listed(a="GLACIER", b="GLACIER"), Glob("*"))


def test_an_empty_file_has_no_columns_and_that_is_said(files):
    done = files("probe", "empty")
    assert fact(done, "columns") == "none: there is no text"
    assert json.loads(files("probe", "empty", "-f", "json").stdout) == []


def test_archives_are_looked_into(files):
    done = files("probe", "two.zip")
    assert (fact(done, "compression"), fact(done, "member")) == ("zip", "a.txt")
    done = files("probe", "two.zip", "--archive", "*.csv")
    assert (fact(done, "member"), fact(done, "format")) == ("b.csv", "delimited by '|'")
    done = files("probe", "t.tbz")
    assert (fact(done, "compression"), fact(done, "member")) == ("tar in bz2", "in.csv")
    done = files("probe", "two.zip", "--archive", "*.xml")
    assert (done.returncode, done.stdout) == (4, "")
    assert "no member of 'two.zip' matches '*.xml'" in done.stderr


def test_what_is_cut_off_shows_what_is_good(files):
    done = files("probe", "cut.gz")
    assert done.returncode == 0
    assert "is cut off" in fact(done, "damage")
    assert fact(done, "format") == "delimited by '|'"


def test_of_a_large_parquet_file_the_first_rows_are_shown(files, ess):
    target = ess.cwd / "data" / "large.parquet"
    duckdb.connect().sql(f"copy (select range as id, hash(range) as number from range(400000)) to '{target}'")
    assert target.stat().st_size > 2 << 20
    done = files("probe", "large.parquet", "--rows", "1")
    assert (fact(done, "format"), fact(done, "encoding")) == ("Parquet", None)
    assert fact(done, "text") == "the first 1,000 rows were looked at"
    assert done.stdout.splitlines()[-1].split()[0] == "0"


def test_what_is_said_is_not_looked_for(files):
    done = files("probe", "plain.csv", "--delimiter", ",")
    assert fact(done, "format") == "delimited by ','"
    done = files("probe", "plain.csv", "--columnspec", "S:a S:b F:c IP:d")
    assert fact(done, "columnspec") == "S:a S:b F:c IP:d"
    done = files("probe", "plain.csv", "--alls", "-f", "value", "-c", "type")
    assert done.stdout.split() == ["S"] * 4
    done = files("probe", "plain.csv", "--compression", "gz")
    assert (done.returncode, done.stdout) == (1, "")
    assert "'plain.csv' is not gz" in done.stderr


def test_what_a_command_makes_of_a_file_is_shown(files):
    command = "tr '|' ';' | cut -d';' -f1,3"
    done = files("probe", "sub/table.csv.gz", "--preprocess", command)
    assert (fact(done, "preprocess"), fact(done, "format")) == (command, "delimited by ';'")
    assert (fact(done, "compression"), fact(done, "columnspec")) == ("gz", "S:id F:price")
    done = files("probe", "plain.csv", "--preprocess", "echo no >&2; exit 3")
    assert (done.returncode, done.stdout) == (1, "")
    assert "'plain.csv' fails in preprocess" in done.stderr


def test_scripts_get_the_columns_and_why(files):
    found = json.loads(files("probe", "plain.csv", "-f", "json").stdout)
    assert [(one["column"], one["type"], one["sql"]) for one in found] == [
        ("id", "S", "VARCHAR"),
        ("day", "S", "VARCHAR"),
        ("price", "F", "DOUBLE"),
        ("client address", "IP", "VARCHAR"),
    ]
    assert found[0]["why"] == "zeros in front, as in '00001'"


def test_a_category_is_known_before_a_key_of_that_name(files, ess):
    category = Category("empty", f"file://{ess.cwd}/data", "local", ("two.zip",), members="b*")
    with categories.compare(category, Local(category.url)) as found:
        categories.add(category, found)
    done = files("probe", "Empty")
    assert (done.stdout.splitlines()[0], fact(done, "member")) == ("two.zip", "b.csv")
    assert fact(files("probe", "empty", "--archive", "a*"), "member") == "a.txt"
    assert files("probe", "empty", "--literal").stdout.splitlines()[0] == "empty"
    assert files("probe", "odd[*", "--literal").stdout.splitlines()[0] == "odd[*"


def test_what_cannot_be_is_said(files):
    for words, code, said in (
        (("nope",), 1, "there is no file 'nope'"),
        (("nope*",), 4, "matches 'nope*'"),
        (("[",), 2, "without its ]"),
        (("plain.csv", "--delimiter", ""), 2, "delimiter"),
        (("plain.csv", "--columnspec", "Q:x"), 2, "no known type"),
        (("plain.csv", "--compression", "lzh"), 2, "'lzh' is no compression"),
        (("plain.csv", "--rows", "0"), 2, "'0' is not a whole number"),
        (("plain.csv", "-c", "nope"), 2, "no column 'nope'"),
        (("plain.csv", "--label", "nope"), 2, "no datastore with the label"),
    ):
        done = files("probe", *words)
        assert (done.returncode, done.stdout) == (code, ""), (words, done.stderr)
        assert said in done.stderr, (words, done.stderr)
        assert len(done.stderr.splitlines()) <= 2


def test_files_in_a_bucket_are_probed_alike(bucket, here):
    assert here("select", f"s3://{bucket}/in").returncode == 0
    done = here("probe", "logs/*.gz")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "logs/2014-01-31.csv.gz"
    assert fact(done, "compression") == "gz"
