"""Each format from a raw file to an answer: added as a category, and asked."""

import gzip
import json

import duckdb
import pytest

ROWS = [{"id": number, "name": f"n{number}", "price": number / 4} for number in range(1, 41)]


def parquet(folder):
    rows = duckdb.connect().from_query("select unnest(?) as r", params=[ROWS])
    rows.select("r.*").write_parquet(f"{folder}/made")
    data = (folder / "made").read_bytes()
    (folder / "made").unlink()
    return data


TEXTS = {
    "lines": "".join(json.dumps(one) + "\n" for one in ROWS),
    "array": json.dumps(ROWS),
    "indented": json.dumps(ROWS, indent=2),
    "packed": "".join(f"{one['id']:03d}{one['name']:<3}{one['price']:07.2f}\n" for one in ROWS),
    "custom": "".join(f"{one['id']}\x02\x03{one['name']}\x02\x03{one['price']}\n" for one in ROWS),
}
FORMATS = {
    "lines": ("JSON, a line for each object, utf-8; 3 columns: IS:id S:name F:price", []),
    "array": ("JSON, in an array or over several lines, utf-8; 3 columns: IS:id S:name F:price", []),
    "indented": ("JSON, in an array or over several lines, utf-8; 3 columns: IS:id S:name F:price", []),
    "packed": (
        "fixed width, columns begin at 1, 4, 7, no header",
        ["--columnspec", "I,3:id S,3:name F,7:price"],
    ),
    "custom": (
        "delimited by '\\x02\\x03', no header",
        ["--delimiter", r"\x02\x03", "--columnspec", "I:id S:name F:price"],
    ),
    "parquet": ("Parquet; 3 columns: IS:id S:name F:price", []),
}


@pytest.fixture
def files(here, ess):
    folder = ess.cwd / "data"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_bytes(gzip.compress(text.encode()))
    (folder / "parquet").write_bytes(parquet(folder))
    assert here("select", "local", folder).returncode == 0
    return here


def answer(files, sql):
    done = files("query", sql, "-f", "ndjson")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_comes_to_its_rows(files, kind):
    described, options = FORMATS[kind]
    done = files("category", "add", "made", kind, *options)
    assert done.returncode == 0
    assert f"{kind}: {described}" in done.stderr
    assert answer(files, "select id, name, price from made") == ROWS


def test_rows_without_columns_can_be_counted(files):
    assert files("category", "add", "made", "parquet", "--allx").returncode == 0
    assert answer(files, "select count(*) as n from made") == [{"n": 40}]
