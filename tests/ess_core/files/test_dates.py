"""Dates in the names of files: classes, what `auto` knows and what it leaves alone, and ranges of dates."""

# ruff: noqa: DTZ001 - a name has no time zone

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_core.files.autodates import MONTHS
from ess_core.files.dates import Grain, Moment, date_format, parse_moment, parse_range

moments = st.datetimes(datetime(1970, 1, 1), datetime(2068, 12, 31)).map(lambda at: at.replace(microsecond=0))
noise = st.text(st.sampled_from("abxyz/_-."), max_size=5)


def written(text: str, key: str) -> str:
    """The date in ``key`` as ISO 8601, cut to what is known of it."""
    moment = date_format(text).moment_of(key)
    if moment is None:
        return ""
    return moment.at.isoformat()[: {1: 4, 2: 7, 3: 10, 4: 13, 5: 16}.get(moment.grain)]


def stamp(at: datetime, form: str) -> str:
    """strftime that pads years and knows no language but English."""
    names = {
        "%Y": f"{at.year:04}",
        "%b": MONTHS[at.month - 1][:3].title(),
        "%B": MONTHS[at.month - 1].upper(),
    }
    return at.strftime(re.sub("%[YbB]", lambda code: names[code[0]], form))


@pytest.mark.parametrize(
    ("text", "key", "date"),
    [
        ("[:%Y:][:%m:][:%d:].*gz", "logs/20140105-a.gz", "2014-01-05"),
        ("[:%Y:][:%m:][:%d:].*gz", "logs/20140105-a.bz2", ""),
        ("[:%y:][:%m:][:%d:]", "690105", "1969-01-05"),
        ("[:%y:][:%m:][:%d:]", "680105", "2068-01-05"),
        ("[:%d:]-[:%b:]-[:%Y:]", "5-jAN-2014", "2014-01-05"),
        ("[:%B:] [:%d:], [:%Y:]", "September 30, 2014", "2014-09-30"),
        ("[:%Y:]/[:%m:]/", "2014/7/x", "2014-07"),
        ("y[:%Y:]", "y2014", "2014"),
        ("[:%Y:][:%m:][:%d:]_[:%H:]", "20140105_23", "2014-01-05T23"),
        ("[:%Y:][:%m:][:%d:]_[:%H:][:%M:]", "20140105_2359", "2014-01-05T23:59"),
        ("[:%Y:][:%m:][:%d:]_[:%H:][:%M:][:%S:]", "20140105_235958", "2014-01-05T23:59:58"),
        ("[:%Y:][:%m:][:%d:] [:%H:][:%p:]", "20140105 12AM", "2014-01-05T00"),
        ("[:%Y:][:%m:][:%d:] [:%H:][:%p:]", "20140105 12pm", "2014-01-05T12"),
        ("[:%Y:][:%m:][:%d:] [:%H:][:%p:]", "20140105 7PM", "2014-01-05T19"),
        ("[:%Y:][:%m:][:%d:] [:%H:][:%p:]", "20140105 13AM", ""),
        ("[:%Y:]-[:%m:]-[:%d:]", "2014-02-30 and 2014-02-28", "2014-02-28"),
        ("[:%Y:]-[:%m:]-[:%d:]", "0000-01-01", ""),
        ("[:%Y:]-[:%m:]-[:%d:]", "٢٠١٤-01-01", ""),
        ("/[:%Y:]/.*_[:%Y:][:%m:][:%d:]", "a/2014/x_20140105", "2014-01-05"),
        ("/[:%Y:]/.*_[:%Y:][:%m:][:%d:]", "a/2015/x_20140105", ""),
        (r"\[:[:%Y:]:\]", "[:2014:]", "2014"),
        (r"(?P<a>x)[:%Y:](?P=a)|none", "x2014x", "2014"),
        (r"(?P<a>x)[:%Y:](?P=a)|none", "none", ""),
        ("none", "2014-01-05", ""),
    ],
)
def test_a_format_reads_dates(text, key, date):
    assert written(text, key) == date


@pytest.mark.parametrize(
    ("fraction", "digits", "microsecond"),
    [("[:%f:{1,6}]", "5", 500_000), ("[:%f:{3}]", "0071", 7_000), ("[:%f:]", "123456789", 123_456)],
)
def test_a_fraction_has_as_many_digits_as_it_says(fraction, digits, microsecond):
    form = date_format(f"[:%Y:][:%m:][:%d:][:%H:][:%M:][:%S:].{fraction}")
    moment = form.moment_of(f"20140105120000.{digits}")
    assert moment == Moment(datetime(2014, 1, 5, 12, 0, 0, microsecond), Grain.INSTANT)
    assert moment.last == moment.at


@pytest.mark.parametrize(
    ("zone", "hours"), [("Z", 0), ("+0530", 5.5), ("-08:00", -8), ("+01", 1), ("-0030", -0.5)]
)
def test_only_a_named_zone_is_one(zone, hours):
    form = "[:%Y:]-[:%m:]-[:%d:]T[:%H:]"
    assert date_format(form).date_of(f"2014-01-05T12{zone}") == datetime(2014, 1, 5, 12)
    found = date_format(form + "[:%z:]").date_of(f"2014-01-05T12{zone}")
    assert found == datetime(2014, 1, 5, 12, tzinfo=timezone(timedelta(hours=hours)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[:%Y:][:%q:]", "unknown class [:%q:]"),
        ("[:Y:]", "unknown class [:Y:]"),
        ("[:%Y]", "unknown class [:%Y]"),
        ("[:%Y:", "unknown class [:%Y:"),
        ("[:%Y:{2}]", "unknown class [:%Y:{2}]"),
        ("[:%Y:][[:digit:]]", "unknown class [:digit:]"),
        ("[:%f:{6,1}]", "unknown class [:%f:{6,1}]"),
        ("[:%f:{x}]", "unknown class [:%f:{x}]"),
        ("logs/.*", "has no year"),
        ("[:%m:][:%d:]", "has no year"),
        ("[:%Y:][:%y:]", "[:%Y:] and [:%y:], which say the same"),
        ("[:%Y:][:%m:][:%b:]", "[:%m:] and [:%b:], which say the same"),
        ("[:%Y:][:%d:]", "[:%d:] without [:%m:] or [:%b:] or [:%B:]"),
        ("[:%Y:][:%m:][:%H:]", "[:%H:] without [:%d:]"),
        ("[:%Y:][:%m:][:%d:][:%M:]", "[:%M:] without [:%H:]"),
        ("[:%Y:][:%m:][:%d:][:%p:]", "[:%p:] without [:%H:]"),
        ("[:%Y:](", "is no regex: missing )"),
        (r"(a)[:%Y:]\1", r"has \1"),
        ("", "has no year"),
    ],
)
def test_a_bad_format_is_said_with_what_is_wrong(text, message):
    with pytest.raises(UsageError, match=re.escape(message)) as caught:
        date_format(text)
    assert caught.value.message.startswith(f"the date format {text!r}")


@given(moments, noise, noise)
def test_what_a_format_wrote_it_reads(at, before, after):
    form = "[:%Y:] [:%B:] [:%d:] [:%H:]:[:%M:]:[:%S:]"
    assert date_format(form).date_of(before + stamp(at, "%Y %B %d %H:%M:%S") + after) == at


LAYOUTS = (
    *("%Y%m%d", "%Y-%m-%d", "%Y/%m/%d", "%Y_%m_%d", "%Y.%m.%d"),
    *("dt=%Y-%m-%d", "year=%Y/month=%m/day=%d", "y=%Y/m=%m/d=%d"),
    *("%d-%b-%Y", "%d%b%Y", "%d_%B_%Y", "%Y-%b-%d", "%Y%b%d", "%b-%d-%Y", "%B %d, %Y"),
)
CLOCKS = ("T%H", "T%H%M", "T%H%M%S", "-%H%M%S", "_%H%M", "T%H:%M", "T%H:%M:%S", "_%H-%M-%S", " %H:%M:%S")


@given(moments, noise, st.sampled_from(LAYOUTS))
def test_auto_knows_the_layouts(at, after, layout):
    day = at.replace(hour=0, minute=0, second=0)
    assert date_format("auto").moment_of(f"logs/{stamp(at, layout)}.{after}") == Moment(day, Grain.DAY)


@given(
    moments,
    st.sampled_from([layout for layout in LAYOUTS if "day=" not in layout and "d=" not in layout]),
    st.sampled_from(CLOCKS),
)
def test_auto_knows_the_time_after_a_date(at, layout, clock):
    grain = Grain(3 + len(re.findall("%", clock)))
    at = at.replace(second=at.second * ("%S" in clock), minute=at.minute * ("%M" in clock))
    found = date_format("auto").moment_of(f"logs/x-{stamp(at, layout + clock)}.gz")
    assert found == Moment(at, grain)


@pytest.mark.parametrize(
    ("key", "date"),
    [
        ("2014010105.log", "2014-01-01T05"),
        ("201401010530.log", "2014-01-01T05:30"),
        ("20140101053059.log", "2014-01-01T05:30:59"),
        ("20140101T200905Z", "2014-01-01T20:09:05"),
        ("2014/01/01/05/part-0", "2014-01-01T05"),
        ("2014/01/01/05/30/part-0", "2014-01-01T05:30"),
        ("2014/01/01/05.gz", "2014-01-01"),
        ("dt=2014-01-01/hour=05/x", "2014-01-01T05"),
        ("dt=20140101/hr=5/x", "2014-01-01T05"),
        ("year=2014/month=1/day=2/hour=3/x", "2014-01-02T03"),
        ("year=2014/month=01/x", "2014-01"),
        ("year=2014/month=01/x-20140105.gz", "2014-01-05"),
        ("2014/01/01/s-1-2014-01-01-05-30-12-x", "2014-01-01T05:30:12"),
        ("2014-01-01/x-2014-02-03T05.gz", "2014-01-01"),
        ("2014-02-28-2014-03-01.gz", "2014-02-28"),
        ("20140228-20140301.gz", "2014-02-28"),
        ("2014-02-30_2014-03-01.gz", "2014-03-01"),
        ("access.log.20140105", "2014-01-05"),
        ("access20140105log", "2014-01-05"),
        ("Sept 5 2014", "2014-09-05"),
    ],
)
def test_auto_takes_the_first_date_or_a_finer_one_within_it(key, date):
    assert written("auto", key) == date


FRAGMENTS = (
    "2014 20140102 2014-01-02 01 02 5 31 jan January sept / / / - _ . x host t05 T0530 = hour=05 day=2"
)


@given(st.lists(st.sampled_from([*FRAGMENTS.split(), " ", ",", "\u017fep"]), max_size=9).map("".join))
@example("2014/jan/_05.csv")
@example("2014/01/02.csv")
@example("05/jan/2014")
@example("2014/05/jan")
@example("year=2014/month=01/day=02")
def test_the_date_of_a_folder_is_that_of_the_whole_key(key):
    looked_at_whole = key + "="  # which ends no date
    assert written("auto", key) == written("auto", looked_at_whole)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "logs/part-0001.gz",
        "20142014010512345678",
        "120140105",
        "201401051",
        "20140105123",
        "2014-13-01",
        "2014-00-10",
        "2014-02-30",
        "20140230",
        "2014-01/05",
        "2014-1-5",
        "18991231",
        "2100-01-01",
        "v2.2014",
        "march-2014",
        "a/d20140105abcdef012345.gz",
        "20140105-1111-2222-3333-abcdefabcdef",
        "2014",
        "smarch 05 2014",
        "٢٠١٤٠١٠٥",
    ],
)
def test_auto_is_not_fooled(key):
    assert written("auto", key) == ""


@given(st.text(st.sampled_from("0123456789-/_.TZabjn=: "), max_size=30))
def test_auto_reads_any_name(key):
    moment = date_format("auto").moment_of(key)
    assert moment is None or str(moment.at.year) in key


@pytest.mark.parametrize(
    ("text", "at", "last"),
    [
        ("2014-01-31", "2014-01-31T00:00:00", "2014-01-31T23:59:59.999999"),
        ("2014-01-31T05", "2014-01-31T05:00:00", "2014-01-31T05:59:59.999999"),
        ("2014-01-31T0530", "2014-01-31T05:30:00", "2014-01-31T05:30:59.999999"),
        ("2014-01-31T05:30", "2014-01-31T05:30:00", "2014-01-31T05:30:59.999999"),
        ("2014-01-31T05:30:01", "2014-01-31T05:30:01", "2014-01-31T05:30:01.999999"),
        ("2014-01-31T053001", "2014-01-31T05:30:01", "2014-01-31T05:30:01.999999"),
    ],
)
def test_a_moment_is_as_long_as_it_is_coarse(text, at, last):
    moment = parse_moment(text)
    assert (moment.at, moment.last) == (datetime.fromisoformat(at), datetime.fromisoformat(last))


@pytest.mark.parametrize(
    ("key", "last"),
    [
        ("2014", (2014, 12, 31)),
        ("2014-02", (2014, 2, 28)),
        ("2016-02", (2016, 2, 29)),
        ("9999-12", (9999, 12, 31)),
    ],
)
def test_months_and_years_are_as_long_as_they_are(key, last):
    form = date_format("[:%Y:]-[:%m:]" if "-" in key else "[:%Y:]")
    assert form.moment_of(key).last == datetime(*last, 23, 59, 59, 999_999)


@pytest.mark.parametrize(
    "text",
    ["", "today", "2014", "2014-02-30", "2014-1-5", "2014-01-05T", "2014-01-05T24", "2014-01-05 05", "**"],
)
def test_what_is_no_date_is_said(text):
    with pytest.raises(UsageError, match=re.escape(repr(text))):
        parse_moment(text)


@pytest.mark.parametrize(
    ("start", "stop", "yes", "no"),
    [
        ("2014-01-02", "2014-01-03", ["20140102", "20140103", "20140103T235959"], ["20140101", "20140104"]),
        ("*", "2014-01-03", ["20000101", "20140103T2359"], ["20140104", "none"]),
        ("2014-01-03", "*", ["20140103", "20991231"], ["20140102T235959", "none"]),
        ("*", "*", ["20140103", "none"], []),
        (
            "2014-01-02T0500",
            "2014-01-02T0559",
            ["20140102T0559", "20140102"],
            ["20140102T0600", "20140102T0459"],
        ),
        ("2014-01-15", "2014-01-20", ["year=2014/month=01/x"], ["year=2014/month=02/x"]),
    ],
)
def test_a_range_has_both_its_ends_and_whole_days(start, stop, yes, no):
    found = parse_range(start, stop)
    assert [key for key in (*yes, *no) if found.covers(date_format("auto").moment_of(key))] == yes


def test_a_range_takes_times_without_a_zone_as_utc():
    found = parse_range("2014-01-02", "2014-01-02")
    late = datetime(2014, 1, 2, 23, tzinfo=timezone(timedelta(hours=-5)))
    assert not found.covers(Moment(late, Grain.HOUR))
    assert found.covers(Moment(late.astimezone(UTC) - timedelta(hours=5), Grain.HOUR))


def test_a_range_that_runs_backwards_is_said():
    with pytest.raises(UsageError, match="2014-01-01 is before 2014-01-02"):
        parse_range("2014-01-02", "2014-01-01")
    parse_range("2014-01-02T05", "2014-01-02")


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (Moment(datetime(2014, 1, 1), Grain.YEAR), "2014"),
        (Moment(datetime(2014, 1, 1), Grain.MONTH), "2014-01"),
        (Moment(datetime(2014, 1, 31), Grain.DAY), "2014-01-31"),
        (Moment(datetime(2014, 1, 31, 5), Grain.HOUR), "2014-01-31T05"),
        (Moment(datetime(2014, 1, 31, 5, 30, tzinfo=UTC), Grain.MINUTE), "2014-01-31T05:30+00:00"),
        (Moment(datetime(2014, 1, 31, 5, 30, 59), Grain.SECOND), "2014-01-31T05:30:59"),
        (Moment(datetime(2014, 1, 31, 5, 30, 59, 120_000), Grain.INSTANT), "2014-01-31T05:30:59.120000"),
        (Moment(datetime(2014, 1, 31, tzinfo=UTC), Grain.DAY), "2014-01-31"),
    ],
)
def test_a_moment_is_written_as_coarse_as_it_is(moment, text):
    assert str(moment) == text
