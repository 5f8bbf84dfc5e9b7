"""Kinds of damage, each with the rows that are to come out; dialects are sniffed and not given."""

import json

import pytest

from tests.ess_core.tables.cleaning_setup import cleaned
from tests.ess_core.tables.made import NAMES, lines, row, text

SPEC = "S:ts I:userID I:articleID F:price S:city"
ROWS = 120


def values(number):
    """A row as it is typed."""
    ts, user, article, price, city = row(number)
    return (ts, int(user), int(article), float(price), city)


def all_but(*missing):
    return [values(number) for number in range(ROWS) if number not in missing]


def damaged(change, at=(7, 77)):
    """The table with some rows changed; row n is in line n + 2."""
    found = lines(ROWS)
    for number in at:
        found[number + 1] = change(found[number + 1])
    return "\n".join(found) + "\n"


def cell(at, value):
    def change(line):
        cells = line.split(",", 4)
        cells[at] = value
        return ",".join(cells)

    return change


DELIMITERS = ["\t", ",", ";", "|", "^", "~", ":", "\x01", "\x1f", "¦", "||", "::", "|~|", " | ", "<>", "#@#"]


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_any_delimiter(tmp_path, delimiter, header):
    found = cleaned(tmp_path, text(ROWS, delimiter, header=header), SPEC)
    assert (found.rows, found.rejects) == (all_but(), [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_any_encoding_and_line_end(tmp_path, encoding, end):
    found = cleaned(tmp_path, text(ROWS, end=end).encode(encoding))
    assert (found.rows, found.rejects) == (all_but(), [])
    assert found.parts[0].recoded_lines == (ROWS // 4 if encoding == "cp1252" else 0)


KEPT = {
    "a blank line": (lambda line: line + "\n", None),
    "blank lines in DOS style": (lambda line: line + "\r\n\r\n", None),
    "a CRLF among LFs": (lambda line: line + "\r", None),
    "a newline in quotes": (cell(4, '"line 1\nline 2"'), "line 1\nline 2"),
    "a CRLF in quotes": (cell(4, '"line 1\r\nline 2"'), "line 1\r\nline 2"),
    "blank lines in quotes": (cell(4, '"a\n\n\nb"'), "a\n\n\nb"),
    "what looks like a row in quotes": (cell(4, '"a\n1,2,3,4,5\nb"'), "a\n1,2,3,4,5\nb"),
    "doubled quotes": (cell(4, '"say ""hi"", now"'), 'say "hi", now'),
    "only a quote": (cell(4, '""""'), '"'),
    "empty quotes": (cell(4, '""'), ""),
    "nothing": (cell(4, ""), ""),
    "a delimiter at the end": (lambda line: line + ",", None),
    "delimiters at the end": (lambda line: line + ",,,,,", None),
    "a stray quote": (cell(4, '5" pipe'), '5" pipe'),
    "stray quotes": (cell(4, 'the "best" of'), 'the "best" of'),
    "blanks before a quote": (cell(4, '  "a, b"'), "a, b"),
    "blanks before a stray quote": (cell(4, ' "a" b'), ' "a" b'),
    "blanks after a quote": (cell(4, '"a, b"  '), "a, b"),
    "blanks around text": (cell(4, "  a b "), "  a b "),
    "a NUL": (cell(4, "To\0yo"), "To\0yo"),
    "a lone CR in a cell": (cell(4, "a\rb"), "a\rb"),
    "a backslash": (cell(4, "C:\\temp\\new"), "C:\\temp\\new"),
    "a backslash at the end": (cell(4, "C:\\"), "C:\\"),
    "control characters": (cell(4, "a\x07\x1a\x7fb"), "a\x07\x1a\x7fb"),
    "other scripts": (cell(4, "東京 🗼 Москва"), "東京 🗼 Москва"),
    "a no-break space": (cell(4, "a\u00a0b\u2028c\u0085d\x0be"), "a\u00a0b\u2028c\u0085d\x0be"),
    "a byte order mark in a cell": (cell(4, "a\ufeffb"), "a\ufeffb"),
    "a word for null": (cell(4, "NULL"), "NULL"),
    "a hash in front": (cell(4, "# no comment"), "# no comment"),
    "a very long cell": (cell(4, "x" * 3_000_000), "x" * 3_000_000),
    "a very long cell in quotes": (cell(4, '"' + "x,\n" * 900 + '"'), "x,\n" * 900),
    "a single quote": (cell(4, "'tis"), "'tis"),
    "blanks around a number": (cell(1, "  12 "), None),
    "a plus in front": (cell(1, "+12"), None),
}
TWELVE = ("blanks around a number", "a plus in front")


@pytest.mark.parametrize("kind", KEPT)
def test_a_row_is_kept_as_it_was_meant(tmp_path, kind):
    change, city = KEPT[kind]
    found = cleaned(tmp_path, damaged(change), SPEC)
    assert found.rejects == []
    wanted = all_but()
    for number in (7, 77):
        ts, user, article, price, before = wanted[number]
        user = 12 if kind in TWELVE else user
        wanted[number] = (ts, user, article, price, before if city is None else city)
    assert found.rows == wanted


REJECTED = {
    "a column too many": (lambda line: line.replace('"', "") + ",x,y", "", None),
    "a column too few": (lambda line: line.split(",")[0], "", "1 column, not 5"),
    "only blanks": (lambda _: "   ", "", "1 column, not 5"),
    "an unclosed quote": (cell(4, '"Par is'), "", None),
    "text after a quote": (cell(4, '"say "hi" now"'), "", "text after a closing quote"),
    "text in a number": (cell(1, "TBD"), "userID", "'TBD' is not a whole number"),
    "a number with a rest": (cell(1, "12 kg"), "userID", "'12 kg' is not a whole number"),
    "a decimal in a whole number": (cell(1, "1.5"), "userID", "'1.5' is not a whole number"),
    "an exponent in a whole number": (cell(1, "1e3"), "userID", "'1e3' is not a whole number"),
    "an underscore in a number": (cell(1, "1_000"), "userID", "'1_000' is not a whole number"),
    "a hexadecimal number": (cell(1, "0x10"), "userID", "'0x10' is not a whole number"),
    "digits of another script": (cell(1, "٣"), "userID", "'٣' is not a whole number"),
    "a negative unsigned number": (cell(1, "-1"), "userID", "'-1' is out of the range of I"),
    "a number over 32 bits": (cell(1, "4294967296"), "userID", "'4294967296' is out of the range of I"),
    "a word for null in a number": (cell(1, "NULL"), "userID", "'NULL' is not a whole number"),
    "no number": (cell(3, "nan"), "price", "'nan' is not a number"),
    "infinity": (cell(3, "inf"), "price", "'inf' is not a number"),
    "a number over a float": (cell(3, "1e400"), "price", "'1e400' is out of range"),
    "a currency": (cell(3, "$1.50"), "price", "'$1.50' is not a number"),
    "two points": (cell(3, "1.2.3"), "price", "'1.2.3' is not a number"),
    "the header again": (lambda _: ",".join(NAMES), "", "the header again"),
    "a NUL in a number": (cell(1, "1\0"), "userID", "'1\\x00' is not a whole number"),
    "a line of something else": (lambda _: "-- page 2 --", "", "1 column, not 5"),
    "a conflict marker": (lambda _: "<<<<<<< HEAD", "", "1 column, not 5"),
}


@pytest.mark.parametrize("neighbour", [None, '"line 1\nline 2"'])
@pytest.mark.parametrize("kind", REJECTED)
def test_a_row_is_rejected_with_its_line_and_the_reason(tmp_path, kind, neighbour):
    change, column, why = REJECTED[kind]
    bad = {7: 9, 77: 79}  # the lines of the rows
    data = damaged(change, bad)
    wanted = all_but(*bad)
    if neighbour:  # a cell over two lines above shows whether lines are counted or rows
        table = data.split("\n")
        table[3] = cell(4, neighbour)(table[3])
        data = "\n".join(table)
        wanted[2] = (*wanted[2][:4], "line 1\nline 2")
        bad = {number: line + 1 for number, line in bad.items()}
    found = cleaned(tmp_path, data, SPEC)
    assert found.rows == wanted
    assert [(line, name) for line, name, _, _ in found.rejects] == [(line, column) for line in bad.values()]
    assert why is None or {reason for _, _, reason, _ in found.rejects} == {why}
    physical = data.split("\n")
    assert [raw for *_, raw in found.rejects] == [physical[line - 1] for line in bad.values()]


def test_a_number_that_goes_wrong_after_the_sample_is_rejected(tmp_path):
    table = lines(60_000)
    table[55_001] = cell(3, "TBD")(table[55_001])
    found = cleaned(tmp_path, "\n".join(table))
    assert (len(found.rows), [reject[:3] for reject in found.rejects]) == (
        59_999,
        [(55_002, "price", "'TBD' is not a number")],
    )


def test_numbers_that_are_ids_stay_as_they_are(tmp_path):
    found = cleaned(tmp_path, "id,zip,n\n" + "".join(f"{n},{n:05d},{10**20 + n}\n" for n in range(50)))
    assert found.rows == [(n, f"{n:05d}", str(10**20 + n)) for n in range(50)]


def test_a_decimal_comma_is_a_decimal_point(tmp_path):
    found = cleaned(tmp_path, "\n".join(lines(ROWS, ";", decimal=",")))
    assert found.rows == all_but()


@pytest.mark.parametrize("before", ["# a tool\n# v1\n\n", "Report\n", "Sales, all\n\nof, 2014\n"])
def test_what_comes_before_the_header_is_no_row(tmp_path, before):
    found = cleaned(tmp_path, before + damaged(cell(1, "x"), [5]), SPEC)
    assert found.rows == all_but(5)
    assert found.rejects[0][0] == 7 + before.count("\n")


def test_backslash_escapes(tmp_path):
    table = [f'{n},"say \\"hi\\", C:\\\\x{n}",y' for n in range(40)]
    found = cleaned(tmp_path, "\n".join(table))
    assert found.rows == [(n, f'say "hi", C:\\x{n}', "y") for n in range(40)]


def test_empty_cells_are_nothing_for_numbers_and_empty_for_text(tmp_path):
    found = cleaned(tmp_path, 'a,b,c,d\n1,2.5,x,1.1.1.1\n,,,\n"","","",""\n', "I:a F:b S:c IP:d")
    assert found.rows == [(1, 2.5, "x", "1.1.1.1"), (None, None, "", None), (None, None, "", None)]


def test_addresses(tmp_path):
    good = ["10.0.0.1", "255.255.255.255", "::", "::1", "fe80::1:2", "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1"]
    bad = ["256.1.1.1", "1.1.1", ":::", "1:2:3:4:5:6:7:8:9", "fe80::1::2", "host", "1.1.1.1/8"]
    found = cleaned(tmp_path, "".join(f"{address}|x\n" for address in good + bad), "IP:a S:b")
    assert [address for address, _ in found.rows] == good
    assert [raw.split("|")[0] for *_, raw in found.rejects] == bad


def test_skipped_columns_are_not_there_and_cannot_be_wrong(tmp_path):
    found = cleaned(tmp_path, damaged(cell(1, "TBD")), "S:ts X:userID X F:price X")
    assert found.rows == [(ts, price) for ts, _, _, price, _ in all_but()]


def test_json_lines(tmp_path):
    table = [json.dumps({"n": n, "s": f"x{n}", "d": {"e": [n]}}) for n in range(50)]
    table[9] = table[9][:-4]
    table[10] = '["a list"]'
    table[11] = '{"s": null}'
    found = cleaned(tmp_path, "\n".join(table), "I:n S:s S:d")
    assert found.rows == [
        (None, "", "") if n == 11 else (n, f"x{n}", f'{{"e": [{n}]}}') for n in range(50) if n not in (9, 10)
    ]
    assert [reject[:3] for reject in found.rejects] == [(10, "", "not JSON"), (11, "", "not a JSON object")]


def test_logs_and_fixed_width(tmp_path):
    line = '10.0.0.{} - - [10/Oct/2000:13:55:36 -0700] "GET /{} HTTP/1.0" 200 -'
    found = cleaned(tmp_path, "\n".join([*(line.format(n, n) for n in range(40)), "oops"]))
    assert [(row[0], row[1], *row[4:]) for row in found.rows] == [
        (f"10.0.0.{n}", "", f"GET /{n} HTTP/1.0", 200, "") for n in range(40)
    ]
    assert found.rejects == [(41, "", "not a line of a common log", "oops")]
    fixed = "".join(f"{n:<6}{'New York' if n % 2 else 'Rome':<12}{n * 7:>8}\n" for n in range(50))
    found = cleaned(tmp_path, fixed)
    assert found.rows == [(n, "New York" if n % 2 else "Rome", n * 7) for n in range(50)]


@pytest.mark.parametrize("data", ["", "\n\n", ",".join(NAMES) + "\n", "\ufeff"])
def test_a_file_without_rows_has_a_part_with_the_columns(tmp_path, data):
    found = cleaned(tmp_path, data, SPEC)
    assert (found.rows, found.rejects, len(found.parts[0].paths)) == ([], [], 1)


FIXED = {
    "a line that is too short": ("0007  Rome", (7, "Rome", None), None),
    "a line of one column": ("0007", (7, "", None), None),
    "letters with accents": (f"0007  {'Köln':<10}{'14':>8}", (7, "Köln", 14), None),
    "a carriage return": (f"0007  {'Rome':<10}{'14':>8}\r", (7, "Rome", 14), None),
    "a NUL": (f"0007  {'Ro' + chr(0) + 'me':<10}{'14':>8}", (7, "Ro\0me", 14), None),
    "quotes and commas": (f"0007  {chr(34) + 'a, b':<10}{'14':>8}", (7, '"a, b', 14), None),
    "nothing in the middle": (f"0007  {'':<10}{'14':>8}", (7, "", 14), None),
    "a word in a number": (f"0007  {'Rome':<10}{'TBD':>8}", None, "n"),
    "more than the last column holds": (f"0007  {'Rome':<10}{'14':>8}  and more", None, "n"),
    "a row that is moved by one": (f" 0007 {'Rome':<10}{'14':>8}", (7, "Rome", 14), None),
    "a rule": ("-" * 24, None, "id"),
}


@pytest.mark.parametrize("kind", FIXED)
def test_dirt_in_columns_of_fixed_width(tmp_path, kind):
    line, wanted, wrong = FIXED[kind]
    table = [f"{n:04d}  {'New York' if n % 2 else 'Rome':<10}{n * 7:>8}" for n in range(60)]
    rows = [(n, "New York" if n % 2 else "Rome", n * 7) for n in range(60)]
    table[30] = line
    rows[30:31] = [wanted] if wanted else []
    found = cleaned(tmp_path, "\n".join(table), "I:id S:city I:n")
    assert found.rows == rows
    assert [(at, column, raw) for at, column, _, raw in found.rejects] == (
        [(31, wrong, line)] if wrong else []
    )


LOG = '10.0.0.9 - bob [10/Oct/2000:13:55:36 -0700] "{}" {} {} "{}" "{}"'
SEEN = ["10.0.0.9", "", "bob", "10/Oct/2000:13:55:36 -0700", "GET / HTTP/1.0", 200, 2326, "", "Mozilla"]
LOGS = {
    "escaped quotes": (LOG.format("GET / HTTP/1.0", 200, 2326, "-", r"a \"b\" c"), {8: r"a \"b\" c"}),
    "a backslash at the end": (LOG.format("GET / HTTP/1.0", 200, 2326, "-", r"a\\"), {8: r"a\\"}),
    "brackets in a request": (
        LOG.format("GET /[a]?b=] HTTP/1.0", 200, 2326, "-", "Mozilla"),
        {4: "GET /[a]?b=] HTTP/1.0"},
    ),
    "a request of bytes": (
        LOG.format(r"\x16\x03\x01", 400, 0, "-", "-"),
        {4: r"\x16\x03\x01", 5: 400, 6: 0, 8: ""},
    ),
    "no request": (LOG.format("-", 408, "-", "-", "-"), {4: "", 5: 408, 6: None, 8: ""}),
    "a user with a blank": (
        LOG.format("GET / HTTP/1.0", 200, 2326, "-", "Mozilla").replace("bob", "bob b"),
        {2: "bob b"},
    ),
    "an address of IPv6": (
        LOG.format("GET / HTTP/1.0", 200, 2326, "-", "Mozilla").replace("10.0.0.9", "::1"),
        {0: "::1"},
    ),
    "other scripts": (
        LOG.format("GET /東京 HTTP/1.0", 200, 2326, "-", "é"),
        {4: "GET /東京 HTTP/1.0", 8: "é"},
    ),
    "a line that is cut": (
        LOG.format("GET / HTTP/1.0", 200, 2326, "-", "Mozilla")[:60],
        "not a line of a combined log",
    ),
    "a line of the error log": ("[error] client denied", "not a line of a combined log"),
    "a status of four digits": (
        LOG.format("GET / HTTP/1.0", 2000, 2326, "-", "-"),
        "not a line of a combined log",
    ),
    "two lines in one": (LOG.format("GET", 200, 1, "-", "-") * 2, "not a line of a combined log"),
}


@pytest.mark.parametrize("kind", LOGS)
def test_dirt_in_a_log(tmp_path, kind):
    line, change = LOGS[kind]
    table = [LOG.format("GET / HTTP/1.0", 200, 2326, "-", "Mozilla")] * 40
    rows = [tuple(SEEN)] * 40
    table[20] = line
    rows[20:21] = (
        [] if isinstance(change, str) else [tuple(change.get(at, cell) for at, cell in enumerate(SEEN))]
    )
    found = cleaned(tmp_path, "\n".join(table), "S:h S:i S:u S:t S:r I:s L:b S:f S:a")
    assert found.rows == rows
    assert found.rejects == ([(21, "", change, line)] if isinstance(change, str) else [])
