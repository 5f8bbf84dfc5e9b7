"""The calendar in a terminal: whole screens."""

import re
import textwrap
from datetime import date, timedelta

from ess_plugins.data.calendar import Paper, calendar
from ess_plugins.data.days import Day, days

KIB = 1024


def every_day(first, count, without=(), files=1, size_bytes=KIB):
    start = date.fromisoformat(first)
    missing = {date.fromisoformat(day) for day in without}
    dates = [start + timedelta(days=number) for number in range(count)]
    return [Day(day, files, size_bytes) for day in dates if day not in missing]


def drawn(found, width=80, **paper):
    return "\n".join(calendar(days(found), Paper(width, **paper))) + "\n"


def screen(text):
    return textwrap.dedent(text).lstrip("\n")


def test_levels_gaps_and_what_they_mean_are_all_shown():
    found = [
        *every_day("2014-02-24", 12, files=8, size_bytes=8 * KIB),
        *every_day("2014-03-08", 2, files=4, size_bytes=KIB),
        *every_day("2014-03-13", 5, files=8, size_bytes=8 * KIB),
        Day(date(2014, 3, 18), 1, 0),
        Day(date(2014, 3, 20), 100, 900 * KIB),
    ]
    assert drawn(found) == screen("""
        2014: 245 files on 21 days, 1.0 MiB
            files a day               bytes a day
            Feb     Mar               Feb     Mar
        Mon         █ █ · █       Mon         █ █ · █
        Tue         █ █ · ░       Tue         █ █ · ░
        Wed         █ █ · ·       Wed         █ █ · ·
        Thu         █ █ █ █       Thu         █ █ █ █
        Fri         █ █ █         Fri         █ █ █
        Sat         █ ▒ █         Sat         █ ░ █
        Sun         █ ▒ █         Sun         █ ░ █

        files a day:  · none   ░ 1   ▒ 4   █ 8 to 100
        bytes a day:  · none   ░ 0 B to 1.0 KiB   █ 8.0 KiB to 900.0 KiB

        2 gaps: 4 of 25 days from 2014-02-24 to 2014-03-20 have no files
          2014-03-10 to 2014-03-12        3 days
          2014-03-19                       1 day
        """)


def test_one_day_is_a_calendar_too():
    assert drawn(every_day("2020-02-29", 1)) == screen("""
        2020: 1 file on 1 day, 1.0 KiB
            files a day       bytes a day
            Feb               Feb
        Mon               Mon
        Tue               Tue
        Wed               Wed
        Thu               Thu
        Fri               Fri
        Sat         █     Sat         █
        Sun               Sun

        files a day:  █ 1
        bytes a day:  █ 1.0 KiB

        no gaps: the day has files
        """)


def test_a_narrow_terminal_gets_one_calendar_below_the_other_and_fewer_months_in_a_row():
    found = every_day("2013-12-30", 200, ["2014-01-01", "2014-02-03", "2014-02-04"])
    assert drawn(found, 40) == screen("""
        2013: 2 files on 2 days, 2.0 KiB
            files a day       bytes a day
            Dec               Dec
        Mon      █        Mon      █
        Tue      █        Tue      █
        Wed               Wed
        Thu               Thu
        Fri               Fri
        Sat               Sat
        Sun               Sun

        2014: 195 files on 195 days, 195.0 KiB
            files a day
            Jan Feb Mar  Apr May Jun  Jul
        Mon  ████·███████████████████████
        Tue  ████·███████████████████████
        Wed ·████████████████████████████
        Thu █████████████████████████████
        Fri ████████████████████████████
        Sat ████████████████████████████
        Sun ████████████████████████████
            bytes a day
            Jan Feb Mar  Apr May Jun  Jul
        Mon  ████·███████████████████████
        Tue  ████·███████████████████████
        Wed ·████████████████████████████
        Thu █████████████████████████████
        Fri ████████████████████████████
        Sat ████████████████████████████
        Sun ████████████████████████████

        files a day:  · none   █ 1
        bytes a day:  · none   █ 1.0 KiB

        2 gaps: 3 of 200 days from 2013-12-30 to 2014-07-17 have no files
          2014-01-01                       1 day
          2014-02-03 to 2014-02-04        2 days
        """)
    for width in range(10, 120):
        lines = drawn(found, width).split("files a day:")[0].splitlines()
        assert max(len(line) for line in lines if line[:3] in ("Mon", "Tue", "Sun")) <= width


def test_without_utf8_the_levels_and_the_gaps_show_too():
    found = [*every_day("2013-12-30", 2), *every_day("2014-01-02", 1, files=4, size_bytes=0)]
    shown = drawn(found, ascii=True)
    assert shown.isascii()
    assert shown == screen("""
        2013: 2 files on 2 days, 2.0 KiB
            files a day       bytes a day
            Dec               Dec
        Mon           :   Mon           #
        Tue           :   Tue           #
        Wed               Wed
        Thu               Thu
        Fri               Fri
        Sat               Sat
        Sun               Sun

        2014: 4 files on 1 day, 0 B
            files a day       bytes a day
            Jan               Jan
        Mon               Mon
        Tue               Tue
        Wed .             Wed .
        Thu #             Thu :
        Fri               Fri
        Sat               Sat
        Sun               Sun

        files a day:  . none   : 1   # 4
        bytes a day:  . none   : 0 B   # 1.0 KiB

        1 gap: 1 of 4 days from 2013-12-30 to 2014-01-02 has no files
          2014-01-01                       1 day
        """)


def test_colours_are_added_to_marks_that_tell_all_without_them():
    found = every_day("2014-01-01", 60, ["2014-01-05"], files=3)
    coloured = drawn(found, colour=True)
    assert "\x1b[32m█\x1b[0m" in coloured
    assert "\x1b[36m█\x1b[0m" in coloured
    assert "\x1b[31m·\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9]+m", "", coloured) == drawn(found)


def test_files_of_a_month_leave_no_gap_in_it():
    found = [
        Day(date(2014, 1, 1), 1, 10, date(2014, 1, 31)),
        Day(date(2014, 3, 1), 1, 10, date(2014, 3, 31)),
        Day(date(2014, 3, 10), 2, 10),
    ]
    assert drawn(found) == screen("""
        2014: 4 files on 3 days, 30 B
            files a day                       bytes a day
            Jan     Feb     Mar               Jan     Feb     Mar
        Mon   ─ ─ ─ ─ · · · · ─ █ ─ ─ ─   Mon   ─ ─ ─ ─ · · · · ─ █ ─ ─ ─
        Tue   ─ ─ ─ ─ · · · · ─ ─ ─ ─     Tue   ─ ─ ─ ─ · · · · ─ ─ ─ ─
        Wed ▒ ─ ─ ─ ─ · · · · ─ ─ ─ ─     Wed █ ─ ─ ─ ─ · · · · ─ ─ ─ ─
        Thu ─ ─ ─ ─ ─ · · · · ─ ─ ─ ─     Thu ─ ─ ─ ─ ─ · · · · ─ ─ ─ ─
        Fri ─ ─ ─ ─ ─ · · · · ─ ─ ─ ─     Fri ─ ─ ─ ─ ─ · · · · ─ ─ ─ ─
        Sat ─ ─ ─ ─ · · · · ▒ ─ ─ ─ ─     Sat ─ ─ ─ ─ · · · · █ ─ ─ ─ ─
        Sun ─ ─ ─ ─ · · · · ─ ─ ─ ─ ─     Sun ─ ─ ─ ─ · · · · ─ ─ ─ ─ ─

        files a day:  · none   ─ in a month or year that has files   ▒ 1   █ 2
        bytes a day:  · none   ─ in a month or year that has files   █ 10 B

        1 gap: 28 of 90 days from 2014-01-01 to 2014-03-31 have no files
          2014-02-01 to 2014-02-28       28 days
        """)


def test_years_without_files_take_one_line_and_any_year_can_be_drawn():
    lines = drawn([Day(day, 1, 10) for day in (date.min, date(1970, 1, 1), date.max)]).splitlines()
    assert [line for line in lines if re.match(r"[0-9]{4}\b", line)] == [
        "0001: 1 file on 1 day, 10 B",
        "0002 to 1969: no files",
        "1970: 1 file on 1 day, 10 B",
        "1971 to 9998: no files",
        "9999: 1 file on 1 day, 10 B",
    ]
    assert lines[-3:] == [
        "2 gaps: 3,652,056 of 3,652,059 days from 0001-01-01 to 9999-12-31 have no files",
        "  0001-01-02 to 1969-12-31  719,161 days",
        "  1970-01-02 to 9999-12-30  2,932,895 days",
    ]


def test_of_many_gaps_the_longest_are_listed_in_the_order_of_time():
    starts = [date(2014, 1, 1) + timedelta(days=7 * week) for week in range(60)]
    found = [Day(day, 1, 1) for day in starts if day != starts[30]]
    shown = drawn(found).splitlines()
    at = shown.index("58 gaps: 355 of 414 days from 2014-01-01 to 2015-02-18 have no files")
    assert len(shown[at:]) == 22
    assert shown[at + 1] == "  2014-01-02 to 2014-01-07        6 days"
    assert "  2014-07-24 to 2014-08-05       13 days" in shown
    assert shown[-1] == "  and 38 gaps of at most 6 days"


def test_what_is_of_one_day_is_put_together():
    day = date(2014, 1, 1)
    assert days([Day(day, 1, 10), Day(day, 2, 30, date(2014, 1, 31))]).days == (
        Day(day, 3, 40, date(2014, 1, 31)),
    )
    assert days([]) is None
