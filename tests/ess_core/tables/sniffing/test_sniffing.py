"""Dialects and columns, found in texts whose answer is known."""

import subprocess
import sys

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_core.tables import parquet
from ess_core.tables.columnspec import ColumnType
from ess_core.tables.dialect import Dialect, Shape, from_record
from ess_core.tables.sniffing.sniffing import sniff
from tests.ess_core.tables.made import CITIES, NAMES, lines, row, text

TYPES = [ColumnType.TEXT, ColumnType.INT32, ColumnType.INT32, ColumnType.FLOAT, ColumnType.TEXT]
DELIMITERS = ["\t", *",;^~:¦|\x01\x02\x1f", "||", "::", "|~|", " | ", ", ", "<>", "#@#"]


def types(found):
    return [column.type for column in found.columns.columns]


def names(found):
    return [column.name for column in found.columns.columns]


def of(*rows, **options):
    return sniff("\n".join(rows).encode(), **options)


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_delimiter_header_and_types_are_found(delimiter, header):
    found = sniff(text(delimiter=delimiter, header=header).encode())
    assert found.dialect.delimiter == delimiter
    assert found.dialect.names == (tuple(NAMES) if header else ())
    assert names(found) == (NAMES if header else [f"column{number}" for number in range(1, 6)])
    assert types(found) == TYPES
    assert [list(cells) for cells in found.rows] == [row(number) for number in range(200)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-le"),
    ],
)
def test_encoding_and_line_ends_are_found(encoding, named, end):
    found = sniff(text(end=end).encode(encoding))
    assert (found.dialect.encoding, found.dialect.names) == (named, tuple(NAMES))
    assert [cells[4] for cells in found.rows[:4]] == CITIES


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_nul_among_letters_of_two_bytes_changes_no_encoding(encoding):
    assert sniff(text().replace("Paris", "Pa\0ris", 3).encode(encoding)).dialect.encoding == encoding


@pytest.mark.parametrize(
    "before",
    [["# made by a tool", "# version 1", ""], ["Report, of sales"], ["Sales", "", "All, of them", ""]],
)
def test_lines_before_the_table_are_passed_over(before):
    assert sniff("\n".join(before + lines()).encode()).dialect.names == tuple(NAMES)
    found = sniff("\n".join(before + lines(header=False)).encode())
    assert found.dialect.skip == len(before)
    assert len(found.rows) == 200


def test_a_line_that_the_sample_cuts_off_does_not_count():
    whole = text(2).encode()
    assert len(sniff(whole[:-4], whole=False).rows) == 1
    assert len(sniff(whole[:-4]).rows) == 2


def test_empty_columns_do_not_make_a_longer_delimiter():
    found = of("a|b|c", *(f"{number}||x{number}" for number in range(50)))
    assert (found.dialect.delimiter, names(found)) == ("|", ["a", "b", "c"])


def test_quotes_and_escapes_are_found():
    assert of(*lines(100)).dialect.escape == '"'
    assert of(*(f'{at},"say \\"hi\\", now",x' for at in range(50))).dialect.escape == "\\"
    assert of(*(f"{at},a\\, b,x" if at % 9 else f"{at},a,x" for at in range(50))).dialect.escape == "\\"
    assert of(*(f"{at},a,x" if at % 9 else f"{at},C:\\,x" for at in range(50))).dialect.escape == '"'
    assert of(*(f"{at},'a, b{at}',x" for at in range(50))).dialect.quote == "'"
    assert of(*(f'{at}\t"open {at}\tx' for at in range(50))).dialect.quote == ""


@pytest.mark.parametrize(
    ("values", "kind", "why"),
    [
        (["1", "2", "30"], ColumnType.INT32, "whole numbers from 1 to 30"),
        (["00042", "17"], ColumnType.TEXT, "zeros in front, as in '00042'"),
        (["9000000", "1"], ColumnType.INT64, "whole numbers from 1 to 9000000"),
        (["18446744073709551615"], ColumnType.UINT64, "whole numbers"),
        (["18446744073709551616"], ColumnType.TEXT, "more than 64 bits"),
        (["1.5", "-2", ".5", "1e3"], ColumnType.FLOAT, "decimal numbers"),
        (["1.5", "2", "TBD"], ColumnType.TEXT, "numbers in 6 of 9, but not 'TBD'"),
        (["12e4", "55e1"], ColumnType.TEXT, "maybe names and no numbers"),
        (["+4930123", "+331234"], ColumnType.TEXT, "text"),
        (["0.123456789012345678901"], ColumnType.TEXT, "more digits than a float keeps"),
        (["10.0.0.1", "::1", "fe80::1:2"], ColumnType.IP, "IP addresses"),
        (["10.0.0.256"], ColumnType.TEXT, "text"),
        (["", "", ""], ColumnType.TEXT, "no values"),
    ],
)
def test_a_type_has_a_reason_and_a_doubt_is_text(values, kind, why):
    found = of("id|when", *(f"{value}|2014-01-02" for value in values * 3))
    assert types(found)[0] is kind
    assert why in found.reasons[0]


def test_a_decimal_comma_is_known():
    found = sniff("\n".join(lines(delimiter=";", decimal=",")).encode())
    assert (found.dialect.decimal, types(found)) == (",", TYPES)


def test_text_alone_has_a_header_where_its_first_row_is_unlike_the_others():
    rows = [f"Bob{at},Town{at}x" for at in range(50)]
    assert of("name,city", *rows).dialect.names == ("name", "city")
    assert of(*rows).dialect.names == ()
    assert names(of("id,id,ID,", *(f"{at},{at},{at},{at}" for at in range(9)))) == [
        "id",
        "id_2",
        "ID_3",
        "column4",
    ]


def test_a_word_that_all_cells_of_a_column_have_makes_no_header():
    rows = [f"id={at},name=Bob{at},total {at}x" for at in range(50)]
    assert of(*rows).dialect.names == ()
    assert of("id,name,total", *rows).dialect.names == ("id", "name", "total")
    assert of("user_id,name", *(f"user_{at},name{at}" for at in range(50))).dialect.names == (
        "user_id",
        "name",
    )


def test_other_shapes_are_known():
    objects = of(*(f'{{"a": {at}, "b": "7", "c": {{"d": [1]}}}}' for at in range(30)))
    assert (objects.dialect.shape, str(objects.columns)) == (Shape.JSON, "IS:a S:b S:c")
    assert objects.rows[5] == ("5", "7", '{"d": [1]}')
    columns = of(*(f"{at:<6}{CITIES[at % 4]:<12}{at * 7:>8}" for at in range(50)))
    assert (columns.dialect.shape, str(columns.columns)) == (Shape.FIXED, "IS:column1 S:column2 IS:column3")
    assert columns.rows[1] == ("1", "New York", "7")
    line = '127.0.0.1 - bob [10/Oct/2000:13:55:36 -0700] "GET /a?\\"b HTTP/1.0" 200 2326'
    assert of(line, line).dialect.log == "common"
    log = of(line + ' "-" "Mozilla/4.08 [en]"')
    assert log.dialect.log == "combined"
    assert dict(zip(names(log), log.rows[0], strict=True))["request"] == 'GET /a?\\"b HTTP/1.0'


def test_one_column_is_one_column():
    assert of('"never closed').rows == ()
    assert str(of(*map(str, range(50))).columns) == "IS:column1"
    assert of("").columns.columns == ()


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_any_bytes_give_an_answer(data):
    assume(not parquet.begins(data))
    found = sniff(data)
    assert all(len(cells) == len(found.columns.columns) for cells in found.rows)
    assert from_record(found.dialect.as_record()) == found.dialect


def test_a_dialect_that_cannot_be_is_refused():
    for wrong in ({"delimiter": "\n"}, {"delimiter": '"'}, {"quote": "''"}, {"decimal": ";"}):
        with pytest.raises(UsageError):
            Dialect(**wrong)


def test_duckdb_is_not_imported_before_it_is_needed():
    modules = "ess_core.tables.sniffing.sniffing, ess_core.tables.cleaning.cleaning"
    source = f"import sys, {modules}; sys.exit('duckdb' in sys.modules)"
    subprocess.run([sys.executable, "-c", source], check=True, timeout=30)


def test_objects_that_all_have_a_key_twice_have_its_column():
    found = of('{"a": 1, "a": 2}\n{"a": 3, "a": 4}\n')
    assert [(column.type.value, column.name) for column in found.columns.columns] == [("S", "a")]
