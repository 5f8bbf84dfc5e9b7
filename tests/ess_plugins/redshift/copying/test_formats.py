"""DATEFORMAT and TIMEFORMAT read what COPY reads with them."""

import duckdb
import pytest

from ess_core.errors import UsageError
from ess_plugins.redshift.copying.formats import Format, Special, date_format, time_format


@pytest.mark.parametrize(
    ("text", "written", "is_"),
    [
        ("MM/DD/YYYY", "03/31/2003", "2003-03-31 00:00:00"),
        ("MON DD, YYYY", "March 31, 2003", "2003-03-31 00:00:00"),
        ("mon-dd-yyyy", "Jan-01-1999", "1999-01-01 00:00:00"),
        ("YYMMDD", "030331", "2003-03-31 00:00:00"),
        ("MM.DD.YYYY HH:MI:SS", "03.31.2003 18:45:05", "2003-03-31 18:45:05"),
        ("MM.DD.YYYY HH:MI:SS", "03.31.2003 18:45:05.123456", "2003-03-31 18:45:05.123456"),
        ("YYYY-MM-DDTHH24:MI:SS", "2003-03-31T18:45:05", "2003-03-31 18:45:05"),
        ("YYYY-MM-DD HH12:MI AM", "2003-03-31 06:45 PM", "2003-03-31 18:45:00"),
        ("YYYY%MM%DD", "2003%03%31", "2003-03-31 00:00:00"),
    ],
)
def test_a_format_reads_what_it_says(text, written, is_):
    patterns = list(time_format(text).patterns)
    read = duckdb.connect().execute("select try_strptime(?, ?)::varchar", [written, patterns])
    assert read.fetchone() == (is_,)


def test_special_formats_are_exact_words():
    assert date_format("auto") == Format(Special.AUTO)
    assert time_format("epochmillisecs") == Format(Special.EPOCH_MILLISECONDS)
    for text in ("AUTO", "epochsecs"):
        with pytest.raises(UsageError, match="DATEFORMAT"):
            date_format(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "YYYY-MM-DD HH:MI:SSOF",
        "YYYY-MM-DD TZ",
        "YYYY-QQ",
        "DD/MM",
        "YYYY-MM-MM",
        "YYYY\n",
        "YYYY\0",
        "YYYYÄ",
    ],
)
def test_what_is_no_format_is_refused_with_its_parts(text):
    with pytest.raises(UsageError, match="TIMEFORMAT") as caught:
        time_format(text)
    assert caught.value.hint.startswith("it is made of YYYY YY MM")
