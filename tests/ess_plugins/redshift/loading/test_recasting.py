# ruff: noqa: DTZ001 - a TIMESTAMP has no zone
"""Values either become exactly what the column keeps of them, or are rejected with the reason."""

import ast
import math
from datetime import date, datetime, time
from decimal import Decimal

import pytest

from tests.ess_plugins.redshift.loading.recast import column, recast

TIMESTAMP, TIMESTAMPTZ = "timestamp without time zone", "timestamp with time zone"
VARCHAR = "character varying"


def test_whole_numbers_of_text_are_exact_or_rejected(tmp_path):
    good = ["1", " -32768 ", "+7", "007", "", "  ", "32767", "-0"]
    bad = ["32768", "1.5", "1_0", "0x10", "1e3", "one", "--1", "9" * 40, "\uff11"]
    found = recast(tmp_path, good + bad, column("smallint"))
    assert found.kept == [1, -32768, 7, 7, None, None, 32767, 0]
    assert found.type == "SMALLINT"
    assert found.raw == bad
    assert found.lines == list(range(len(good) + 1, len(good + bad) + 1))
    assert found.reasons[0] == "'32768' is out of the range of SMALLINT"
    assert found.reasons[1] == "'1.5' is not a whole number"
    assert found.reasons[7] == f"'{'9' * 40}' is out of the range of SMALLINT"


@pytest.mark.parametrize(
    ("letter", "kind", "good", "bad"),
    [
        ("I", "integer", [0, 2**31 - 1, None], [2**31, 2**32 - 1]),
        ("I", "bigint", [0, 2**32 - 1], []),
        ("L", "bigint", [2**63 - 1], [2**63, 2**64 - 1]),
        ("LS", "integer", [-(2**31)], [-(2**31) - 1]),
        ("IS", "smallint", [-5], [40000]),
        ("F", "integer", [1.0, -3.0, None], [1.5, 2.0**40]),
        ("F", "bigint", [2.0**53], [1e30]),
    ],
)
def test_numbers_that_a_whole_column_has_no_room_for_are_rejected(tmp_path, letter, kind, good, bad):
    found = recast(tmp_path, good + bad, column(kind), letter=letter)
    assert found.kept == good
    assert found.type == kind.upper()
    assert len(found.reasons) == len(bad)


def test_decimals_of_text_are_exact_or_rejected(tmp_path):
    good = ["20.25", "1", ".5", "-7.", "+000000000000.1000000", "", "999999.99", "0.00000000000", "-0"]
    bad = ["20.259", "1e3", "1_0", "1000000", "999999.995", ".", "nan", "0x1", "1,5", ".001"]
    found = recast(tmp_path, good + bad, column("numeric", digits=(8, 2)))
    assert found.kept == [None if text == "" else Decimal(text) for text in good]
    assert found.type == "DECIMAL(8,2)"
    assert found.raw == bad
    assert found.reasons[0] == "'20.259' is with more than 2 digits after the point"
    assert found.reasons[1] == "'1e3' is not a decimal number"
    assert found.reasons[3] == "'1000000' is out of the range of NUMERIC(8,2)"


def test_roundec_rounds_decimals_and_counts_them(tmp_path):
    values = ["20.259", "20.25", "-0.005", "999999.995", "x", "1e1", ""]
    found = recast(tmp_path, values, column("numeric", digits=(8, 2)), "ROUNDEC")
    assert found.kept == [Decimal("20.26"), Decimal("20.25"), Decimal("-0.01"), None]
    assert found.raw == ["999999.995", "x", "1e1"]
    assert found.counts == {"ROUNDEC": 2}
    floats = recast(tmp_path, [20.259, 0.1, 1e20], column("numeric", digits=(8, 2)), "ROUNDEC", letter="F")
    assert floats.kept == [Decimal("20.26"), Decimal("0.10")]
    assert floats.counts == {"ROUNDEC": 1}


@pytest.mark.parametrize("digits", [(18, 4), (38, 30), (38, 37), (5, 0)])
def test_floats_become_the_decimal_that_is_written_for_them(tmp_path, digits):
    values = [0.1, -2.5, 123.4567, 1e-4, 3.0, 123456.78901]
    found = recast(tmp_path, values, column("numeric", digits=digits), letter="F")
    expected = [Decimal(repr(value)) for value in values]
    room, scale = Decimal(10) ** (digits[0] - digits[1]), digits[1]
    assert found.kept == [one for one in expected if abs(one) < room and _places(one) <= scale]


def _places(number):
    return max(-number.normalize().as_tuple().exponent, 0)


def test_whole_numbers_fit_decimals(tmp_path):
    found = recast(tmp_path, [2**64 - 1, 0, None], column("numeric", digits=(20, 0)), letter="L")
    assert found.kept == [2**64 - 1, 0, None]
    assert recast(tmp_path, [100, 99], column("numeric", digits=(4, 2)), letter="I").kept == [99]


def test_text_in_float_columns_may_be_special_but_nothing_else(tmp_path):
    good = ["1.5", "1e3", "NaN", "-Infinity", "inf", " 7 ", "", "1e308", ".5", "1e-320"]
    bad = ["1e309", "1_0", "0x10", "nanx", "infinit", "1,5", "e5"]
    found = recast(tmp_path, good + bad, column("double precision"))
    assert found.raw == bad
    assert math.isnan(found.kept.pop(2))
    assert found.kept == [1.5, 1000.0, -math.inf, math.inf, 7.0, None, 1e308, 0.5, 1e-320]
    assert found.reasons[:2] == ["'1e309' is out of the range of DOUBLE PRECISION", "'1_0' is not a number"]


def test_real_takes_the_nearest_and_rejects_what_is_too_large_or_vanishes(tmp_path):
    found = recast(tmp_path, ["0.1", "1e39", "1e-60", "nan", "-inf", "0"], column("real"))
    assert found.raw == ["1e39", "1e-60"]
    assert found.type == "FLOAT"
    assert found.kept[0] == pytest.approx(0.1, rel=1e-7)
    floats = recast(tmp_path, [0.1, 1e39, 1e-60, 0.0, None], column("real"), letter="F")
    assert floats.raw == ["1e+39", "1e-60"]


@pytest.mark.parametrize(("kind", "bits"), [("real", 24), ("double precision", 53)])
def test_whole_numbers_that_a_float_cannot_keep_are_rejected(tmp_path, kind, bits):
    found = recast(tmp_path, [2**bits, 2**bits + 1, None], column(kind), letter="LS")
    assert found.kept == [2**bits, None]
    assert found.raw == [str(2**bits + 1)]
    assert recast(tmp_path, [2**64 - 1, 2**63], column(kind), letter="L").kept == [2**63]


def test_booleans_are_the_words_of_redshift(tmp_path):
    yes, no = ["t", "True", "Y", "yes", " 1 "], ["f", "FALSE", "n", "No", "0"]
    found = recast(tmp_path, [*yes, *no, "", "on", "2"], column("boolean"))
    assert found.kept == [True] * 5 + [False] * 5 + [None]
    assert found.reasons == ["'on' is not true or false", "'2' is not true or false"]
    assert recast(tmp_path, [1, 0, 2], column("boolean"), letter="I").kept == [True, False]


def test_dates_are_iso_unless_a_format_is_given(tmp_path):
    good = ["2024-01-05", " 2024-1-5", "", "0001-01-01", "9999-12-31"]
    bad = [
        *("2024/01/05", "2024-02-30", "0000-01-01", "10000-01-01", "infinity", "epoch", "0001-01-01 (BC)"),
        *("2024-01-05 10:00:00", "20240105", "24-01-05", "today"),
    ]
    found = recast(tmp_path, good + bad, column("date"))
    assert found.kept == [date(2024, 1, 5), date(2024, 1, 5), None, date(1, 1, 1), date(9999, 12, 31)]
    assert found.raw == bad
    assert found.reasons[0] == "'2024/01/05' is not a date as YYYY-MM-DD"


def test_dateformat_is_used_for_text_and_for_numbers(tmp_path):
    found = recast(tmp_path, ["05.01.2024", "2024-01-05", ""], column("date"), "DATEFORMAT=DD.MM.YYYY")
    assert found.kept == [date(2024, 1, 5), None]
    assert found.reasons == ["'2024-01-05' is not a date as DATEFORMAT says"]
    found = recast(tmp_path, [20240105, 5], column("date"), "DATEFORMAT=YYYYMMDD", letter="I")
    assert found.kept == [date(2024, 1, 5)]
    auto = ["2024-01-05", "20240105", "01/05/2024", "5-Jan-2024", "January 5 2024", "x"]
    found = recast(tmp_path, auto, column("date"), "DATEFORMAT=auto")
    assert found.kept == [date(2024, 1, 5)] * 5
    assert found.raw == ["x"]


def test_acceptanydate_makes_null_of_what_is_no_date_and_counts_it(tmp_path):
    values = ["2024-01-05", "00/00/00", "", "2024-02-30", "0000-01-01"]
    found = recast(tmp_path, values, column("date"), "ACCEPTANYDATE")
    assert (found.kept, found.counts) == ([date(2024, 1, 5), *[None] * 4], {"ACCEPTANYDATE": 3})
    found = recast(tmp_path, values, column("date", not_null=True), "ACCEPTANYDATE")
    assert found.kept == [date(2024, 1, 5)]
    assert found.reasons[0] == "NULL in a column that is NOT NULL"
    found = recast(tmp_path, ["x", "2024-01-05"], column(TIMESTAMP), "ACCEPTANYDATE", "TIMEFORMAT=auto")
    assert (found.kept, found.counts) == ([None, datetime(2024, 1, 5)], {"ACCEPTANYDATE": 1})


def test_timestamps_are_exact_to_microseconds(tmp_path):
    moment = datetime(2024, 1, 5, 10, 0)
    good = {
        "2024-01-05": datetime(2024, 1, 5),
        "2024-01-05 10:00": moment,
        "2024-01-05T10:00:00Z": moment,
        " 2024-1-5 10:00:00.000 ": moment,
        "2024-01-05 10:00:00+00:00": moment,
        "2024-01-05 10:00:00.123456": moment.replace(microsecond=123456),
        "2024-01-05 10:00:00.123456000": moment.replace(microsecond=123456),
        "2024-01-05 24:00:00": datetime(2024, 1, 6),
        "": None,
    }
    bad = {
        "2024-01-05 10:00:00.1234567": "finer than microseconds",
        "2024-01-05 10:00:00+02": "not in UTC, and TIMESTAMP keeps no offset",
        "2024-01-05 10:00:00 -02:30": "not in UTC, and TIMESTAMP keeps no offset",
        "2024-01-05 10:00:61": "not a time as YYYY-MM-DD HH:MM:SS",
        "2024-01-05 10:00:00 Europe/Paris": "not a time as YYYY-MM-DD HH:MM:SS",
        "now": "not a time as YYYY-MM-DD HH:MM:SS",
        "infinity": "not a time as YYYY-MM-DD HH:MM:SS",
        "0001-01-01 (BC) 00:00:00": "not a time as YYYY-MM-DD HH:MM:SS",
    }
    found = recast(tmp_path, [*good, *bad], column(TIMESTAMP))
    assert found.kept == list(good.values())
    assert found.type == "TIMESTAMP"
    assert found.reasons == [f"'{text}' is {why}" for text, why in bad.items()]


def test_timestamps_with_a_zone_are_staged_in_utc(tmp_path):
    good = ["2024-01-05 10:00:00+02", "2024-01-05T08:00:00Z", "2024-01-05 08:00", "2024-01-05 03:30 -04:30"]
    found = recast(tmp_path, [*good, "2024-01-05 10:00:00.1234567Z", "x"], column(TIMESTAMPTZ))
    assert found.kept == [datetime(2024, 1, 5, 8)] * 4
    assert found.reasons[0] == "'2024-01-05 10:00:00.1234567Z' is finer than microseconds"
    csv = recast(tmp_path, good[:1], column(TIMESTAMPTZ), marker="NULL")
    assert csv.kept == ["2024-01-05 08:00:00+00"]


def test_timeformat_may_be_a_pattern_auto_or_an_epoch(tmp_path):
    found = recast(tmp_path, ["05.01.2024 10:00", "x"], column(TIMESTAMP), "TIMEFORMAT='DD.MM.YYYY HH24:MI'")
    assert (found.kept, found.raw) == ([datetime(2024, 1, 5, 10)], ["x"])
    auto = ["2024-01-05 10:00:00", "01/05/2024 10:00", "Jan 5 2024 10:00:00 AM", "20240105", "x"]
    found = recast(tmp_path, auto, column(TIMESTAMP), "TIMEFORMAT=auto")
    assert found.kept == [datetime(2024, 1, 5, 10)] * 3 + [datetime(2024, 1, 5)]
    epoch = ["1704448800", "1704448800.5", " 0 ", "-1", "1704448800.1234567", "x", "9" * 15, ""]
    found = recast(tmp_path, epoch, column(TIMESTAMP), "TIMEFORMAT=epochsecs")
    assert found.kept[:3] == [
        datetime(2024, 1, 5, 10),
        datetime(2024, 1, 5, 10, 0, 0, 500000),
        datetime(1970, 1, 1),
    ]
    assert found.raw == ["1704448800.1234567", "x", "9" * 15]
    found = recast(tmp_path, [1704448800123], column(TIMESTAMP), "TIMEFORMAT=epochmillisecs", letter="L")
    assert found.kept == [datetime(2024, 1, 5, 10, 0, 0, 123000)]


def test_times_of_day_are_exact(tmp_path):
    found = recast(
        tmp_path, ["10:00", "1:02:03.5", "", "24:00:00", "10:00:00+02", "x"], column("time without time zone")
    )
    assert found.kept == [time(10), time(1, 2, 3, 500000), None]
    assert found.raw == ["24:00:00", "10:00:00+02", "x"]


def test_text_is_measured_in_bytes_and_is_never_null(tmp_path):
    found = recast(tmp_path, ["", "  ", "abcd", "éé", "ééa", "abcde"], column(VARCHAR, longest_bytes=4))
    assert found.kept == ["", "  ", "abcd", "éé"]
    assert found.reasons == ["'ééa' is longer than 4 bytes", "'abcde' is longer than 4 bytes"]


def test_truncatecolumns_cuts_between_characters_and_counts(tmp_path):
    values = ["abcdef", "éééa", "€€", "😀😀", "a😀", "abc", "\0abcd"]
    for most in range(1, 8):
        found = recast(tmp_path, values, column(VARCHAR, longest_bytes=most), "TRUNCATECOLUMNS")
        assert found.kept == [value.encode()[:most].decode(errors="ignore") for value in values[:-1]]
        assert found.counts.get("TRUNCATECOLUMNS", 0) == sum(len(v.encode()) > most for v in values[:-1])
        assert found.raw == ["\0abcd"]


def test_what_redshift_takes_for_no_text_is_rejected_or_replaced(tmp_path):
    values = ["a\0b", "\ufdd0x", "\uffff", "é", "\U0001f600"]
    found = recast(tmp_path, values, column(VARCHAR, longest_bytes=20))
    assert found.kept == ["é", "\U0001f600"]
    assert [why.split(" is ")[1][:19] for why in found.reasons] == ["no text to Redshift"] * 3
    for mark in "?\\'":
        found = recast(tmp_path, values, column(VARCHAR, longest_bytes=20), f"ACCEPTINVCHARS={mark}")
        assert found.kept == [mark * 3 + "x", mark * 3, "é", "\U0001f600"]
        assert found.counts == {"ACCEPTINVCHARS": 2}
        assert found.raw == ["a\0b"]


def test_char_is_ascii_only(tmp_path):
    found = recast(tmp_path, ["abc", "é", "abcd"], column("character", longest_bytes=3))
    assert found.kept == ["abc"]
    assert found.reasons[0] == "'é' is not ASCII, and CHAR takes nothing else"


def test_options_make_text_null_in_the_order_of_copy_and_are_counted(tmp_path):
    values = ["", "  ", "x  ", "NA", "NA ", "\t"]
    target = column(VARCHAR, longest_bytes=9)

    def kept(*options):
        found = recast(tmp_path, values, target, *options)
        return found.kept, found.counts

    assert kept("EMPTYASNULL") == ([None, *values[1:]], {"EMPTYASNULL": 1})
    assert kept("BLANKSASNULL") == (["", None, "x  ", "NA", "NA ", None], {"BLANKSASNULL": 2})
    assert kept("NULL AS=NA") == (["", "  ", "x  ", None, "NA ", "\t"], {"NULL AS": 1})
    assert kept("NULL AS=''") == ([None, *values[1:]], {"NULL AS": 1})
    assert kept("TRIMBLANKS") == (["", "", "x", "NA", "NA", ""], {"TRIMBLANKS": 4})
    everything = kept("TRIMBLANKS", "EMPTYASNULL", "NULL AS=NA", "BLANKSASNULL")
    assert everything == (
        [None, None, "x", None, None, None],
        {"TRIMBLANKS": 4, "NULL AS": 2, "EMPTYASNULL": 3},
    )


def test_null_as_is_for_every_column(tmp_path):
    found = recast(tmp_path, ["-", "5", "x"], column("integer"), "NULL AS=-")
    assert (found.kept, found.raw, found.counts) == ([None, 5], ["x"], {"NULL AS": 1})
    found = recast(tmp_path, [0, 5], column("integer"), "NULL AS=0", letter="I")
    assert (found.kept, found.counts) == ([None, 5], {"NULL AS": 1})
    assert recast(tmp_path, [0, 5], column("integer"), "NULL AS=x", letter="I").kept == [0, 5]
    found = recast(tmp_path, ["-"], column("integer", not_null=True), "NULL AS=-")
    assert found.reasons == ["NULL in a column that is NOT NULL"]


def test_null_is_rejected_where_the_table_or_the_key_has_none(tmp_path):
    found = recast(tmp_path, ["1", "", "x"], column("integer", not_null=True))
    assert found.reasons == ["NULL in a column that is NOT NULL", "'x' is not a whole number"]
    found = recast(tmp_path, [1, None], column("integer"), letter="I", required=("it",))
    assert (found.kept, found.reasons) == ([1], ["NULL in a column that is of the key"])
    assert recast(tmp_path, [""], column(VARCHAR, longest_bytes=1, not_null=True)).kept == [""]


def test_numbers_and_addresses_go_into_text(tmp_path):
    assert recast(tmp_path, [7, None], column(VARCHAR, longest_bytes=2), letter="I").kept == ["7", None]
    assert recast(tmp_path, [700], column(VARCHAR, longest_bytes=2), letter="I").raw == ["700"]
    addresses = ["10.0.0.1", None]
    assert recast(tmp_path, addresses, column(VARCHAR, longest_bytes=45), letter="IP").kept == addresses


def test_the_reason_is_one_short_line(tmp_path):
    found = recast(tmp_path, ["a\nb\t\\" + "x" * 200], column("integer"))
    assert found.reasons == ["'a\\nb\\t\\\\" + "x" * 34 + "…' is not a whole number"]
    assert found.raw == ["a\nb\t\\" + "x" * 95]
    texts = ["it's", 'a "b"', "nul\0", "\\'", "a\r\nb", "\x1bü\u2028"]
    reasons = recast(tmp_path, texts, column("date")).reasons
    shown = [why.removesuffix(" is not a date as YYYY-MM-DD") for why in reasons]
    assert [*map(ast.literal_eval, shown)] == texts


def test_what_stands_for_null_in_csv_cannot_be_loaded_as_text(tmp_path):
    target = column(VARCHAR, longest_bytes=9)
    assert recast(tmp_path, ["MARK", "x"], target).kept == ["MARK", "x"]
    assert recast(tmp_path, ["MARK", "x"], target, marker="MARK").kept == ["x"]


def test_floats_are_written_into_csv_as_copy_reads_them(tmp_path):
    found = recast(tmp_path, ["nan", "inf", "-inf", "1.5", ""], column("double precision"), marker="M")
    assert found.kept == ["NaN", "Infinity", "-Infinity", "1.5", None]


def test_no_rows_are_no_rows(tmp_path):
    assert recast(tmp_path, [], column("integer")).kept == []
