"""What each format writes: exact for scripts, harmless on a terminal, little in memory."""

import csv
import io
import json
import subprocess
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ess_core.host import formats
from ess_core.host.escape import escape, visible
from ess_core.host.formats.stream import Ndjson, Text, Tsv
from ess_core.host.formats.whole import Csv, Json, Table, Value, Yaml
from tests.ess_core.host.conftest import Env, Plant
from tests.fixtures.sandbox import ESS, Ess

ANY_TEXT = st.text(st.characters(exclude_categories=()))
OPTIONS = Namespace(quote_mode="nonnumeric", noindent=False, max_width=0, fit_width=False, print_empty=False)


def unescaped(text: str) -> bytes:
    """What a reader of the escapes makes of them; the text holds no backslash of its own."""
    parts = text.split("\\")
    result = parts[0].encode()
    for part in parts[1:]:
        code = {"t": b"\t", "n": b"\n", "r": b"\r"}.get(part[:1])
        if code:
            result += code + part[1:].encode()
        elif part[:1] == "x":
            result += bytes([int(part[1:3], 16)]) + part[3:].encode()
        else:
            result += b"\\" + part.encode()
    return result


@given(st.text(st.characters(exclude_categories=["Cs"]).filter(lambda char: char != "\\")))
def test_escaped_text_is_one_printable_line_that_tells_its_bytes(text: str) -> None:
    written = escape(text)
    assert not any(char < " " or "\x7f" <= char <= "\x9f" for char in written)
    assert unescaped(written) == text.encode()


def test_escapes_are_the_documented_ones() -> None:
    assert escape("a\tb\nc\rd\\e\x00\x1b\x7f") == r"a\tb\nc\rd\\e\x00\x1b\x7f"
    assert escape("\udcff\x9b") == r"\xff\xc2\x9b"
    assert escape("é 日本 plain") == "é 日本 plain"
    assert visible("two\nlines \\ \x1b[2J") == "two\nlines \\ \\x1b[2J"


@given(st.lists(st.tuples(ANY_TEXT, st.integers(), st.floats(allow_nan=False) | st.none())))
def test_ndjson_is_exact(rows: list[tuple[str, int, float | None]]) -> None:
    out = io.StringIO()
    Ndjson().emit_list(("name", "size", "rate"), rows, out, OPTIONS)
    lines = out.getvalue().encode().decode().split("\n")  # also: it can be encoded as UTF-8
    assert lines.pop() == ""
    assert [tuple(json.loads(line).values()) for line in lines] == rows


@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT)))
def test_tsv_has_a_line_for_each_row_and_a_tab_between_cells(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO()
    Tsv().emit_list(("a", "b"), rows, out, OPTIONS)
    lines = out.getvalue().split("\n")
    assert lines[0] == "a\tb"
    assert lines[1:] == [f"{escape(one)}\t{escape(two)}" for one, two in rows] + [""]


@pytest.mark.parametrize("form", [Ndjson, Tsv, Text, Csv, Value])
def test_a_streaming_format_writes_a_row_before_it_asks_for_the_next(form: type) -> None:
    out = io.StringIO()

    def rows() -> Iterator[tuple[str]]:
        for number in range(3):
            assert out.getvalue().count("row") == number
            yield (f"row {number}",)

    form().emit_list(("name",), rows(), out, OPTIONS)
    assert out.getvalue().count("row") == 3


def test_text_lines_look_like_those_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    rows = [
        (" " * 19, "PRE".rjust(10), "logs/"),
        (datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC).astimezone(), 1234, "a b.csv"),
        (datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC).astimezone(), 12345678901, "c\nd"),
    ]
    Text().emit_list(("last_modified", "size", "key"), rows, out, OPTIONS)
    when = f"{rows[1][0]:%Y-%m-%d %H:%M:%S}"
    assert out.getvalue().splitlines() == [
        "                           PRE logs/",
        f"{when}       1234 a b.csv",
        f"{when} 12345678901 c\\nd",
    ]


def test_a_table_cannot_harm_the_terminal() -> None:
    out = io.StringIO()
    rows = [("\x1b[2Jevil\x9b\udcff", 1), (None, 22), ("a\u2028b", 3)]
    Table().emit_list(("name", "size"), rows, out, OPTIONS)
    assert out.getvalue().splitlines() == [
        "+-------------------------+------+",
        "| name                    | size |",
        "+-------------------------+------+",
        r"| \x1b[2Jevil\xc2\x9b\xff |    1 |",
        "|                         |   22 |",
        r"| a\xe2\x80\xa8b          |    3 |",
        "+-------------------------+------+",
    ]


def test_an_empty_table_is_no_output() -> None:
    out = io.StringIO()
    Table().emit_list(("name",), [], out, OPTIONS)
    assert out.getvalue() == ""


@pytest.mark.parametrize("form", [Json, Yaml, Csv, Value, Ndjson, Tsv, Text, Table])
def test_every_format_writes_every_kind_of_value(form: type) -> None:
    row = (None, True, 1.5, datetime(2026, 5, 4, tzinfo=UTC), ["x", "y"], {"k": None}, {1}, b"bytes")
    out = io.StringIO()
    form().emit_list(tuple("abcdefgh"), [row], out, OPTIONS)
    assert out.getvalue()


@pytest.mark.parametrize("mode", ["all", "minimal", "nonnumeric"])
def test_a_reader_of_csv_gets_each_text_back(mode: str) -> None:
    row = ["C:\\new", 'say "x"', "a,b", "two\nlines", "\\", "'", ""]
    out = io.StringIO()
    Csv().emit_list(list("abcdefg"), [row], out, Namespace(quote_mode=mode))
    assert list(csv.reader(io.StringIO(out.getvalue())))[1] == row


def test_csv_without_quotes_has_backslashes_in_their_place() -> None:
    out = io.StringIO()
    Csv().emit_list(["a", "b"], [("x,y", "\\")], out, Namespace(quote_mode="none"))
    assert out.getvalue() == "a,b\nx\\,y,\\\\\n"


def test_times_are_iso_8601_for_scripts(ess: Ess, probe: Env) -> None:
    for form, read in (("json", json.loads), ("yaml", yaml.safe_load), ("csv", _read_csv)):
        done = ess("trial", "rows", "-f", form, "-c", "made", "-c", "day", env=probe)
        assert done.returncode == 0, done.stderr
        assert str(read(done.stdout)[0]["made"]).startswith("2026-05-04")
    assert '"2026-05-04T03:02:01Z"' in ess("trial", "rows", "-f", "ndjson", env=probe).stdout


def _read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_columns_come_in_the_order_asked_for(ess: Ess, probe: Env) -> None:
    done = ess("trial", "rows", "-f", "tsv", "-c", "SIZE", "--column", "name", env=probe)
    assert done.stdout == "size\tname\n1\tplain\n2\ta\\tb\\nc\\rd\\\\e\\x1b[31mf\\xc2\\x9bg\u2028é\n"


def test_a_column_that_is_not_there_is_refused_before_the_work(ess: Ess, probe: Env) -> None:
    done = ess("trial", "rows", "-c", "nam", env=probe)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "ess: there is no column 'nam'; did you mean name?\nhint: columns are: name,"
    )
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        (Csv, '"name","size","none"\n"a\tb",1,""\n'),
        (Ndjson, '{"name": "a\\tb", "size": 1, "none": null}\n'),
        (Tsv, "name\tsize\tnone\na\\tb\t1\t\n"),
        (Text, "a\\tb          1\n"),
        (Value, "a\tb\n1\n\n"),
        (Json, '{\n  "name": "a\\tb",\n  "size": 1,\n  "none": null\n}\n'),
        (Yaml, 'name: "a\\tb"\nsize: 1\nnone: null\n'),
    ],
)
def test_one_thing_can_be_shown_in_every_format(form: type, shown: str) -> None:
    out = io.StringIO()
    formats.emit_one(form(), ("name", "size", "none"), ("a\tb", 1, None), out, OPTIONS)
    assert out.getvalue() == shown


def test_a_command_that_shows_one_thing_has_every_format(ess: Ess, probe: Env) -> None:
    done = ess("trial", "show", "-f", "csv", "-c", "size", env=probe)
    assert (done.returncode, done.stdout, done.stderr) == (0, '"size"\n1\n', "")


def test_a_name_in_any_encoding_reaches_a_pipe_as_its_own_bytes(ess: Ess, probe: Env) -> None:
    env = dict(ess.env) | probe | {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    words = [ESS, "trial", "bytes", "-f", "value"]
    done = subprocess.run(words, env=env, cwd=ess.cwd, capture_output=True, timeout=20, check=True)
    assert done.stdout == b"\xff\xc3\xa9\n"


def test_a_third_partys_format_works_with_its_option_and_for_every_command(ess: Ess, hello: Env) -> None:
    done = ess("instance", "hello", "-f", "shout", "--marks", "3", env=hello)
    assert done.stdout == "NODE 1 HELLO!!!\nNODE 2 HELLO!!!\n"
    done = ess("plugin", "list", "--format=shout", "-c", "plugin", env=hello)
    assert "CORE!\n" in done.stdout


BAD_FORMATS = """
from cliff.formatters.json_format import JSONFormatter
from ess_core.host import hookimpl

@hookimpl
def ess_formatters():
    return {"bad": "no_module:Bad", "dull": "builtins:dict", "odd": "bad_plugin:Odd"}

class Odd(JSONFormatter):
    def add_argument_group(self, parser):
        raise OSError("odd")
"""


def test_a_format_that_cannot_be_loaded_hurts_only_those_who_ask_for_it(ess: Ess, plant: Plant) -> None:
    env = plant(BAD_FORMATS)
    assert ess("plugin", "list", "-f", "json", env=env).stderr == ""
    done = ess("plugin", "list", "-f", "bad", env=env)
    assert done.returncode == 1
    assert "output format 'bad' of plugin bad cannot be loaded" in done.stderr.splitlines()[-1]


def test_help_says_once_which_formats_cannot_be_used_and_why(ess: Ess, plant: Plant) -> None:
    bad_options = "@hookimpl\ndef ess_command_options():\n    return {'plugin list': 'no_module:add'}\n"
    helped = ess("plugin", "list", "--help", env=plant(BAD_FORMATS + bad_options))  # builds the parser twice
    assert helped.returncode == 0
    assert "--noindent" in helped.stdout
    whys = ("'bad' of plugin bad cannot be loaded", "is not a cliff formatter", "OSError: odd")
    *lines, options = helped.stderr.splitlines()
    assert "options for 'plugin list' are left out" in options
    for name, why, line in zip(("bad", "dull", "odd"), whys, lines, strict=True):
        assert line.startswith(f"ess: warning: plugin bad: no output format '{name}': ")
        assert why in line


@pytest.mark.parametrize(("fit_width", "is_cut"), [(False, False), (True, True)])
def test_a_narrow_terminal_cuts_no_cell_unless_asked(
    monkeypatch: pytest.MonkeyPatch, fit_width: bool, is_cut: bool
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("cliff.utils.terminal_width", lambda: 40)
    row = ["i-0123456789abcdef0", "m3.medium", "r-0123456789abcdef0"]
    out = io.StringIO()
    options = Namespace(**vars(OPTIONS) | {"fit_width": fit_width})
    Table().emit_list(["id", "type", "reservation_id"], [row], out, options)
    assert all(cell in out.getvalue() for cell in row) is not is_cut
