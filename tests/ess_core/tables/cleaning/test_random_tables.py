"""Tables made at random, whose dialect is to be found: the generator knows it, sniffing does not."""

import random
from dataclasses import dataclass

import pytest

from ess_core.tables.cleaning.cleaning import clean
from ess_core.tables.columnspec import ColumnType
from ess_core.tables.sniffing.given import Given
from ess_core.tables.sniffing.sniffing import sniff
from tests.ess_core.tables.cleaning_setup import result, task

WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "new",
    "york",
    "tokyo",
    "paris",
    "red",
    "green",
    "blue",
    "widget",
    "gadget",
    "Smith",
    "O'Neil",
    "münchen",
]
NAMES = [
    "id",
    "name",
    "date",
    "user_id",
    "Total Price",
    "city",
    "x1",
    "comment",
    "createdAt",
    "status",
    "qty",
    "zip",
]
DELIMITERS = ["\t", ",", ",", ",", ";", "|", "^", "\x01", "~", "||", "::", "|~|", ":"]


def words(dice, most, between=" "):
    return between.join(dice.choice(WORDS) for _ in range(dice.randrange(1, most)))


KINDS = {
    "whole": lambda dice: str(dice.randrange(10 ** dice.choice([1, 3, 6]))),
    "decimal": lambda dice: f"{dice.uniform(-100, 1000):.2f}",
    "day": lambda dice: f"20{dice.randrange(10, 24)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}",
    "american day": lambda dice: (
        f"{dice.randrange(1, 13)}/{dice.randrange(1, 29)}/20{dice.randrange(10, 24)}"
    ),
    "moment": lambda dice: (
        f"2014-09-{dice.randrange(1, 29):02d} {dice.randrange(24):02d}:{dice.randrange(60):02d}:00"
    ),
    "word": lambda dice: dice.choice(WORDS),
    "words": lambda dice: words(dice, 8),
    "marks": lambda dice: words(dice, 4, dice.choice([", ", "; ", " - ", ": ", " | ", "/"])),
    "seldom": lambda dice: dice.choice(["", "", "", dice.choice(WORDS)]),
    "never": lambda dice: "",
    "mail": lambda dice: f"{dice.choice(WORDS)}.{dice.randrange(99)}@x{dice.randrange(9)}.com",
    "url": lambda dice: f"http://x{dice.randrange(9)}.com/a/b?c={dice.randrange(99)}&d={dice.choice(WORDS)}",
    "address": lambda dice: ".".join(str(dice.randrange(256)) for _ in range(4)),
    "zip": lambda dice: f"{dice.randrange(100_000):05d}",
    "json": lambda dice: f'{{"a": {dice.randrange(9)}, "b": "{dice.choice(WORDS)}"}}',
    "quotes": lambda dice: dice.choice(['say "hi"', '5" pipe', "it's", "plain", 'a "b", c']),
    "lines": lambda dice: dice.choice(["line 1\nline 2", "plain", "x"]),
    "uuid": lambda dice: f"{dice.randrange(1 << 32):08x}-{dice.randrange(1 << 16):04x}",
}


@dataclass
class Made:
    """A table, its delimiter, its header where it has one, and its text."""

    delimiter: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    text: str


def made(seed):
    dice = random.Random(seed)
    kinds = dice.choices(list(KINDS.values()), k=dice.randrange(2, 9))
    rows = [tuple(kind(dice) for kind in kinds) for _ in range(dice.choice([3, 10, 50, 200]))]
    delimiter = dice.choice(DELIMITERS)
    header = tuple(dice.sample(NAMES, len(kinds))) if dice.random() < 0.7 else ()
    always = dice.random() < 0.3
    table = [header, *rows] if header else rows
    lines = [delimiter.join(cell(value, delimiter, always) for value in values) for values in table]
    return Made(delimiter, header, rows, "\n".join(lines) + "\n")


def cell(value, delimiter, always):
    needs = always or any(mark in value for mark in (*delimiter, '"', "\n"))
    return '"' + value.replace('"', '""') + '"' if needs else value


def test_at_most_one_in_a_hundred_is_taken_for_something_else():
    wrong = []
    for seed in range(300):
        table = made(seed)
        found = sniff(table.text.encode())
        if (found.dialect.delimiter, found.dialect.names, list(found.rows)) != (
            table.delimiter,
            table.header,
            table.rows,
        ):
            wrong.append(seed)
    assert len(wrong) <= 3, wrong


@pytest.mark.parametrize("seed", range(1000, 1020))
def test_every_cell_comes_out_of_a_cleaned_file(tmp_path, seed):
    table = made(seed)
    (tmp_path / "file").write_text(table.text, encoding="utf-8")
    found = task(tmp_path, "file", given=Given(every=ColumnType.TEXT))
    assert result(clean(found)).rows == table.rows
