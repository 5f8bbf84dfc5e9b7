"""What is doubtful of a text that was looked into is said, and nothing of one that is fine."""

import pytest

from ess_core.tables.columnspec import parse
from ess_core.tables.sniffing.doubts import doubt
from ess_core.tables.sniffing.given import NOTHING, Given
from ess_core.tables.sniffing.sniffing import sniff

TIMES = "".join(f"12:00:{at:02};u{at};{at}.5\n" for at in range(20)).encode()
WHOLE = "day,user,price\n" + "".join(f"2014-01-{at + 1:02},u{at},{at}\n" for at in range(20))


def doubted(text, given=NOTHING):
    return doubt(sniff(text if isinstance(text, bytes) else text.encode(), given=given), given)


def spec(text, delimiter=""):
    return Given(delimiter, parse(text))


@pytest.mark.parametrize(
    ("text", "given"),
    [
        (WHOLE, NOTHING),
        (WHOLE, spec("S:day S:user I:price")),
        (WHOLE, spec("S:a X F:b")),
        (WHOLE, spec("S:line")),
        (TIMES, NOTHING),
        ("", NOTHING),
        ("", spec("I:a I:b")),
        ("day,user,price\n", spec("S:Day S:User I:Price")),
        ("1,2,3\n", NOTHING),
        ('{"a": 1}\n', NOTHING),
        ('{"a": "x"}\n{"a": ""}\n', spec("S:a I:b")),
        ("a,b\n" + "1,2\n" * 3 + "x,y\n" * 3, spec("I:a I:b")),
    ],
)
def test_what_fits_is_not_doubted(text, given):
    assert doubted(text, given) == ""


def test_columns_that_most_rows_do_not_fit_are():
    assert doubted(WHOLE, spec("I:day S:user I:price")) == (
        "20 of the first 20 rows do not fit the columns, one of them: day: '2014-01-01' is not a whole number"
    )
    assert doubted("a,b\n" + "1,2\n" * 3 + "x,y\n" * 4, spec("I:a I:b")).startswith("4 of the first 7 rows ")


def test_fewer_columns_than_there_are_lead_to_another_delimiter_and_that_is_said():
    given = spec("S:hour I:minute F:rest")
    assert sniff(TIMES, given=spec("S:hour I:minute F:rest", ":")).dialect.delimiter == ":"
    assert doubted(TIMES, Given(":", given.columns)) == (
        "20 of the first 20 rows do not fit the columns, one of them: rest: '00;u0;0.5' is not a number"
    )


def test_rows_of_another_width_are_counted_too():
    text = "a,b\n" + "1,2\n" * 10 + "1,2,3\n" * 11
    assert doubted(text, spec("I:a I:b", ",")) == (
        "11 of the first 21 rows do not fit the columns, one of them: 3 columns, not 2"
    )


def test_a_line_alone_that_is_taken_for_a_header_is_said():
    assert doubted("alpha,beta\n") == "its only line is taken for a header and not for a row: alpha, beta"
