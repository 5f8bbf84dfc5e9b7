"""What a user says of a text is not looked for, and what contradicts the text is said in a line."""

import pytest

from ess_core.errors import UsageError
from ess_core.tables.columnspec import ColumnType, parse
from ess_core.tables.dialect import Shape
from ess_core.tables.parts import Recipe
from ess_core.tables.sniffing.given import Given, delimiter
from ess_core.tables.sniffing.sniffing import sniff
from tests.ess_core.tables.cleaning_setup import cleaned
from tests.ess_core.tables.made import NAMES, lines, row, text

TEXT = text(40)
SPEC = parse("S:when I:user I:article F:price S:town")


def of(data, **given):
    return sniff(data.encode(), given=Given(**given))


@pytest.mark.parametrize("found", [",", "=", ";", "Z"])
def test_a_given_delimiter_is_taken(found):
    made = of("\n".join(f"a{found}{at}{found}x-y, z" for at in range(20)), delimiter=found)
    assert (made.dialect.delimiter, made.rows[3][:2]) == (found, ("a", "3"))


def test_a_delimiter_that_is_nowhere_makes_one_column():
    found = of(TEXT, delimiter="@")
    assert (found.dialect.delimiter, len(found.columns.columns)) == ("@", 1)
    assert found.rows[0][0].startswith("2014-09-01T")


def test_a_given_columnspec_has_the_types_and_the_header_keeps_its_names():
    found = of(TEXT, columns=SPEC)
    assert (found.columns, found.dialect.names) == (SPEC, tuple(NAMES))
    assert found.reasons == ("as given",) * 5
    assert [list(cells) for cells in found.rows] == [row(number) for number in range(40)]


def test_names_of_a_columnspec_are_known_as_a_header():
    data = "name,town\n" + "Bob,Ulm\n" * 3
    assert sniff(data.replace("name,town", "Rob,Rom").encode()).dialect.names == ()
    assert of(data.replace("name,town", "Rob,Rom"), columns=parse("S:rob S:rom")).dialect.names == (
        "Rob",
        "Rom",
    )


def test_the_number_of_columns_tells_delimiters_apart():
    data = "\n".join(f"{at}|a,b{at},c|x" for at in range(20))
    for spec, wanted in (("S:a S:b S:c", 3), ("S:a S:b S:c S:d", 0)):
        if wanted:
            assert of(data, columns=parse(spec)).dialect.delimiter in "|,"
        else:
            with pytest.raises(UsageError, match="the columnspec has 4 columns, but the text has 3"):
                of(data, columns=parse(spec))
    data = "\n".join(f"{at};a,b;x" for at in range(20))
    assert of(data, columns=parse("S:a S:b S:c")).dialect.delimiter == ";"
    assert of(data, columns=parse("S:a S:b")).dialect.delimiter == ","
    assert of(data, columns=parse("S:line")).rows[4] == ("4;a,b;x",)


@pytest.mark.parametrize(
    "data", [TEXT, text(40, "\x01"), '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /" 200 1\n' * 3]
)
def test_a_columnspec_of_another_table_is_refused_in_a_line(data):
    width = 7 if data.startswith("127") else 5
    with pytest.raises(UsageError) as caught:
        of(data, columns=parse("S:a S:b"))
    assert caught.value.message == f"the columnspec has 2 columns, but the text has {width}"


def test_some_rows_of_another_width_do_not_matter():
    table = lines(40)
    table[10] = "oops"
    table[20] += ",x"
    assert len(of("\n".join(table), columns=SPEC).rows) == 38


def test_keys_of_json_are_known_by_the_given_names():
    data = "\n".join(f'{{"ID": {at}, "a  b": "x", "c": 1}}' for at in range(9))
    found = of(data, columns=parse('S:"a b" I:id X S:later'))
    assert found.dialect.names == ("a  b", "ID", "", "later")
    assert found.rows[3] == ("x", "3", "", "")
    with pytest.raises(UsageError, match="there is no x and no y in the text"):
        of(data, columns=parse("S:x S:y"))


@pytest.mark.parametrize("kind", [ColumnType.TEXT, ColumnType.SKIP])
def test_all_columns_are_of_one_type(kind):
    found = of(TEXT, every=kind)
    assert {column.type for column in found.columns.columns} == {kind}
    assert [column.name for column in found.columns.columns] == NAMES
    assert Recipe(found.dialect, found.columns)


def test_widths_cut_lines_that_have_no_blanks(tmp_path):
    data = "".join(f"{at:04d}{'Ulm' if at % 2 else 'Köln':<4}{at * 3:05d}x\n" for at in range(1, 40))
    spec = "I,w=4:id S,4:town X,2 I:rest"
    assert of(data, columns=parse(spec)).dialect.starts == (0, 4, 8, 10)
    found = cleaned(tmp_path, data.replace("x\n", "\n"), given=Given(columns=parse(spec)))
    assert found.rows == [(at, "Ulm" if at % 2 else "Köln", at * 3) for at in range(1, 40)]


def test_what_is_given_is_known_of_an_empty_text():
    found = of("\n", columns=SPEC, delimiter=";")
    assert (found.columns, found.dialect.delimiter, found.rows) == (SPEC, ";", ())
    assert of("", columns=parse("S,3:a S:b")).dialect.shape is Shape.FIXED


def test_what_contradicts_itself_is_refused():
    with pytest.raises(UsageError, match="says the type of each column"):
        Given(columns=SPEC, every=ColumnType.TEXT)
    with pytest.raises(UsageError, match="columns that have a width have no delimiter"):
        Given(columns=parse("S,3:a S:b"), delimiter=",")


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        (",", ","),
        (r"\t", "\t"),
        (r"\x01", "\x01"),
        (r"\001", "\x01"),
        (r"\\", "\\"),
        ("||", "||"),
        (r"|\t", "|\t"),
    ],
)
def test_a_delimiter_is_typed(word, wanted):
    assert delimiter(word) == wanted


@pytest.mark.parametrize("word", ["", "\n", r"\q", "a\\", r"\x1"])
def test_what_is_no_delimiter_is_refused(word):
    with pytest.raises(UsageError):
        delimiter(word)
