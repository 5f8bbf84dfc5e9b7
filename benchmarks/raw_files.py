"""Generated raw data: gzipped CSV files of a shop's orders, one for each day."""

import gzip
import random
import subprocess
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from benchmarks.timing import BIN

FILES = 60
FILE_BYTES = 7_500_000
"""Of one file before it is compressed, 450 MB together."""
COLUMNS = "S:ordered_at I:customer S:country S:product F:price I:quantity S:comment"
_BLOCKS = 6  # different contents; the others repeat them under other names
_COUNTRIES = ("AT", "BR", "CA", "DE", "FR", "IN", "JP", "MX", "US", "ZA")
_WORDS = ("blue", "green", "late", "gift", "return", "express", "fragile", "first order", "", "", "")


def categorized(folder: Path, env: Mapping[str, str]) -> None:
    """Write the files into ``folder``, and add them to ess as the category ``orders``."""
    _write(folder)
    for words in (
        ("select", "local", str(folder)),
        ("category", "add", "orders", "*.csv.gz", "--columnspec", COLUMNS),
    ):
        subprocess.run([str(BIN / "ess"), *words], env=env, check=True, capture_output=True)


def _write(folder: Path) -> None:
    """The same files every time."""
    folder.mkdir(parents=True)
    blocks = [gzip.compress(_rows(random.Random(number)), 6, mtime=0) for number in range(_BLOCKS)]
    for number in range(FILES):
        day = date(2026, 1, 1) + timedelta(days=number)
        (folder / f"orders-{day:%Y-%m-%d}.csv.gz").write_bytes(blocks[number % _BLOCKS])


def _rows(made: random.Random) -> bytes:
    rows: list[str] = []
    size = 0
    while size < FILE_BYTES:
        seconds = made.randrange(86400)
        row = (
            f"2026-01-01 {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},"
            f"{made.randrange(10**6)},{made.choice(_COUNTRIES)},P-{made.randrange(5000):05},"
            f"{made.randrange(10**5) / 100:.2f},{made.randrange(1, 20)},{made.choice(_WORDS)}\n"
        )
        rows.append(row)
        size += len(row)
    return "".join(rows).encode()
