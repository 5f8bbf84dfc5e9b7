"""Dirty tables made at random, in dialects made at random, with what is to come out of them."""

import bz2
import gzip
import lzma
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.ess_core.files.made import PACK, tarred, zipped

NAMES = ["id", "name", "price", "note", "address"]
SPEC = "I:id S:name F:price S:note IP:address"
WORDS = ["alpha", "Beta", "gamma ray", "New York", "x-1", "5 apples", "O'Neil", "a/b", "50%", "(none)"]
DELIMITERS = [",", ",", "\t", ";", "|", "^", "\x01", "~", "||", "|~|"]
ENCODINGS = ["utf-8", "utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32"]
BEFORE = ["", "", "# a tool\n# version 2\n", "Report\n\n"]
PACKED = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": PACK["tar.zst"],
    "gz of two members": lambda data: gzip.compress(data[:999]) + gzip.compress(data[999:]),
    "gz with zeros behind": lambda data: gzip.compress(data) + bytes(1000),
    "zip": lambda data: zipped({"a/b.csv": data}),
    "tgz": lambda data: gzip.compress(tarred({"b.csv": data})),
}


@dataclass
class Made:
    """A file's bytes, the rows that are right, the line and column of those that are not, and what it is."""

    delimiter: str
    data: bytes = b""
    rows: list[tuple] = field(default_factory=list)
    rejects: list[tuple[int, str]] = field(default_factory=list)
    what: str = ""


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


class Writer:
    """Writes cells as the dialect has them."""

    def __init__(self, dice):
        self.delimiter = dice.choice(DELIMITERS)
        self.always = dice.random() < 0.3
        self.end = dice.choice(["\n", "\n", "\r\n"])

    def cell(self, text):
        needs = self.always or any(mark in text for mark in (self.delimiter, '"', "\n", "\r"))
        return quoted(text) if needs else text

    def line(self, cells, raw=None):
        """The line, where cells by their number are ``raw`` text instead."""
        raw = raw or {}
        return self.delimiter.join(raw.get(at, self.cell(text)) for at, text in enumerate(cells))


@dataclass(frozen=True)
class Damage:
    """What becomes of a row: ``write`` gives its text, and ``column`` is None where the row is kept.

    The row that is kept has ``value`` in the column ``at``. ``plain`` says that any encoding has its letters.
    """

    write: Callable[[Writer, list[str]], str]
    column: str | None = None
    at: int = -1
    value: object = None
    plain: bool = True


def kept(at, raw, value, plain=True):
    return Damage(lambda writer, cells: writer.line(cells, {at: raw}), None, at, value, plain)


def text(value, plain=True):
    """Text that is quoted where it needs it."""
    return Damage(lambda writer, cells: writer.line([*cells[:3], value, cells[4]]), None, 3, value, plain)


def bad(at, value, plain=True):
    return Damage(
        lambda writer, cells: writer.line([*cells[:at], value, *cells[at + 1 :]]), NAMES[at], plain=plain
    )


def broken(write):
    return Damage(write, "")


DAMAGES = {
    "a newline in quotes": kept(3, '"a\nb"', "a\nb"),
    "three lines in quotes": kept(3, '"a\n\n1,2,3,4,5"', "a\n\n1,2,3,4,5"),
    "doubled quotes": text('say "hi", now'),
    "only a quote": text('"'),
    "two quotes": text('""'),
    "empty quotes": kept(3, '""', ""),
    "nothing": kept(3, "", ""),
    "delimiters in quotes": text(",\t;|^~|| |~|"),
    "blanks before a quote": kept(3, '  "a b"', "a b"),
    "blanks behind a quote": kept(3, '"a b"  ', "a b"),
    "a stray quote": kept(3, '5" pipe', '5" pipe'),
    "stray quotes": kept(3, 'the "best" of', 'the "best" of'),
    "a word in stray quotes behind a blank": kept(3, ' "a" b', ' "a" b'),
    "blanks around text": text("  a  "),
    "only blanks": text("   "),
    "a NUL": text("To\0yo"),
    "control characters": text("a\x07\x1a\x7fb\x1b[1m"),
    "a vertical tab and a form feed": text("a\x0bb\x0cc"),
    "a backslash": text("C:\\temp\\new"),
    "a backslash at the end": text("C:\\"),
    "letters with accents": text("Köln é ß"),
    "other scripts": text("東京 Москва", plain=False),
    "an emoji": text("a 🗼 b", plain=False),
    "separators of Unicode": text("a\u2028b\u2029c\u200bd", plain=False),
    "a byte order mark in a cell": text("a\ufeffb", plain=False),
    "a no-break space": text("a\u00a0b"),
    "a word for null": text("NULL"),
    "a hash in front": text("# no comment"),
    "two dashes": text("-- no comment"),
    "markup": text("<a href='x'>&amp;</a>"),
    "a formula": text("=1+1"),
    "JSON": text('{"a": [1, "b"]}'),
    "a very long cell": text("x" * 70_000),
    "a quoted number": kept(0, '"12"', 12),
    "blanks around a number": kept(0, "  12 ", 12),
    "a plus in front": kept(0, "+12", 12),
    "zeros in front": kept(0, "0012", 12),
    "the largest number": kept(0, "4294967295", 4294967295),
    "a number that is nothing": kept(0, "", None),
    "a number of blanks": kept(0, "  ", None),
    "a decimal that is nothing": kept(2, "", None),
    "an exponent": kept(2, "1.5e3", 1500.0),
    "a point in front": kept(2, ".5", 0.5),
    "a point behind": kept(2, "5.", 5.0),
    "a whole number for a decimal": kept(2, "17", 17.0),
    "a negative decimal": kept(2, "-0.25", -0.25),
    "a tiny decimal": kept(2, "1e-400", 0.0),
    "an address of IPv6": kept(4, "fe80::1:2", "fe80::1:2"),
    "no address": kept(4, "", None),
    "a blank line behind": Damage(lambda writer, cells: writer.line(cells) + writer.end),
    "blank lines behind": Damage(lambda writer, cells: writer.line(cells) + writer.end * 3),
    "a delimiter at the end": Damage(lambda writer, cells: writer.line(cells) + writer.delimiter),
    "delimiters at the end": Damage(lambda writer, cells: writer.line(cells) + writer.delimiter * 4),
    "a word in a number": bad(0, "TBD"),
    "a dash in a number": bad(0, "-"),
    "a unit": bad(0, "12 kg"),
    "a decimal in a whole number": bad(0, "1.5"),
    "an exponent in a whole number": bad(0, "1e3"),
    "an underscore in a number": bad(0, "1_000"),
    "a comma in a number": bad(0, "1,000"),
    "a blank in a number": bad(0, "1 000"),
    "a hexadecimal number": bad(0, "0x10"),
    "digits of another script": bad(0, "٣", plain=False),
    "digits of full width": bad(0, "\uff11\uff12", plain=False),
    "a superscript": bad(0, "²"),
    "a negative unsigned number": bad(0, "-1"),
    "a number over 32 bits": bad(0, "4294967296"),
    "a number over 64 bits": bad(0, "9" * 30),
    "a truth": bad(0, "true"),
    "a day for a number": bad(0, "2014-01-31"),
    "a NUL in a number": bad(0, "1\0"),
    "a no-break space behind a number": bad(0, "1\u00a0"),
    "two minus signs": bad(2, "--1"),
    "no number": bad(2, "NaN"),
    "infinity": bad(2, "-inf"),
    "a number over a float": bad(2, "1e400"),
    "a currency": bad(2, "$1.50"),
    "a percentage": bad(2, "15%"),
    "two points": bad(2, "1.2.3"),
    "only a point": bad(2, "."),
    "a decimal comma among points": bad(2, "1,5"),
    "a word for null in a decimal": bad(2, "null"),
    "an address out of range": bad(4, "10.0.0.256"),
    "half an address": bad(4, "10.0.0"),
    "a host": bad(4, "example.com"),
    "an address with a port": bad(4, "10.0.0.1:80"),
    "a column too many": broken(lambda writer, cells: writer.line([*cells, "x"])),
    "many columns too many": broken(lambda writer, cells: writer.line([*cells, "", "x", "", "y"])),
    "a column too few": broken(lambda writer, cells: writer.line(cells[:4])),
    "half a row": broken(lambda writer, cells: writer.line(cells)[:1]),
    "an unclosed quote": broken(lambda writer, cells: writer.line(cells, {3: '"open'})),
    "an unclosed quote in front": broken(
        lambda writer, cells: '"' + writer.line(["7", *cells[1:]], {0: "7"})
    ),
    "text behind a quote": broken(lambda writer, cells: writer.line(cells, {3: '"say "hi" now"'})),
    "the header again": broken(lambda writer, _: writer.line(NAMES)),
    "a line of blanks": broken(lambda *_: "     "),
    "a line of something else": broken(lambda *_: "(150 rows affected)"),
    "a conflict marker": broken(lambda *_: ">>>>>>> theirs"),
    "a rule": broken(lambda *_: "-" * 40),
    "an error of the database": broken(lambda *_: "ERROR 1045: Access denied"),
}
"""By name."""


def row(dice, number):
    """The cells of a row and their values."""
    price, address = (
        f"{dice.randrange(100_000) / 100:.2f}",
        ".".join(str(dice.randrange(256)) for _ in "1234"),
    )
    cells = [str(1000 + number), dice.choice(WORDS), price, f"{dice.choice(WORDS)} {number}", address]
    return cells, (1000 + number, cells[1], float(price), cells[3], address)


def made(seed, rows=150, damages=12):
    """The dirty table of that seed. All kinds of damage come in turn, with others in each table."""
    dice = random.Random(seed)
    writer = Writer(dice)
    encoding, has_header, before = dice.choice(ENCODINGS), dice.random() < 0.7, dice.choice(BEFORE)
    packing = dice.choice(list(PACKED))
    found = Made(writer.delimiter)
    kinds = [list(DAMAGES)[(seed * damages + at) % len(DAMAGES)] for at in range(damages)]
    fitting = [kind for kind in kinds if DAMAGES[kind].plain or encoding != "cp1252"]
    if not has_header:
        fitting = [kind for kind in fitting if kind != "the header again"]
    places = dict(zip(sorted(dice.sample(range(10, rows - 5), len(fitting))), fitting, strict=True))
    lines = [before.removesuffix("\n").replace("\n", writer.end)] if before else []
    lines += [writer.line(NAMES)] if has_header else []
    number = before.count("\n") + has_header + 1
    for at in range(rows):
        cells, values = row(dice, at)
        damage = DAMAGES[places[at]] if at in places else None
        line = damage.write(writer, cells) if damage else writer.line(cells)
        if damage and damage.column is not None:
            found.rejects.append((number, damage.column))
        elif damage and damage.at >= 0:
            found.rows.append((*values[: damage.at], damage.value, *values[damage.at + 1 :]))
        else:
            found.rows.append(values)
        lines.append(line)
        number += line.count("\n") + 1
    end = writer.end if dice.random() < 0.8 else ""
    found.data = PACKED[packing]((writer.end.join(lines) + end).encode(encoding))
    style = f"{'all' if writer.always else 'some'} quoted, {'a' if has_header else 'no'} header"
    found.what = (
        f"{writer.delimiter!r}, {writer.end!r}, {encoding}, {packing}, {style}, {before!r}: {fitting}"
    )
    return found
