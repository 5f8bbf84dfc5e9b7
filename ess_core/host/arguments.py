"""Kinds of arguments that several commands take."""

import argparse
import re

LONGEST_WAIT_S = 24 * 3600
_MOST_ROWS = 10**12


def add_exclude(parser: argparse.ArgumentParser) -> None:
    """Add ``--exclude``, which leaves out keys by globs."""
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="GLOB",
        help="leave out keys that match, such as '**/_SUCCESS'; repeat for more",
    )


def add_master(parser: argparse.ArgumentParser) -> None:
    """Add ``--master``, which keeps work from the workers."""
    parser.add_argument(
        "--master", action="store_true", help="work on this machine, also where a cluster is active"
    )


def seconds(text: str) -> float:
    """A time to wait: more than 0 seconds, at most a day."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= LONGEST_WAIT_S:
        raise argparse.ArgumentTypeError(f"{text!r} is not more than 0 and at most {LONGEST_WAIT_S} seconds")
    return value


_BYTES = re.compile(r"([0-9]+)([kKMG]?)")
_UNITS = {"": 1, "k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def byte_count(text: str) -> int:
    """A number of bytes, such as 512, 64k, 10M or 2G (of 1024 each)."""
    found = _BYTES.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of bytes such as 512, 64k, 10M or 2G")
    return int(found[1]) * _UNITS[found[2]]


def row_count(text: str) -> int:
    """A number of rows to show."""
    return whole_number(text, _MOST_ROWS)


def whole_number(text: str, most: int, least: int = 1) -> int:
    """A whole number from ``least`` to ``most``."""
    value = int(text) if text.isascii() and text.isdigit() else -1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
    return value
