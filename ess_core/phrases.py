"""Pieces of sentences: how many there are, when something was."""

from datetime import datetime


def count(number: int, what: str, several: str = "") -> str:
    """How many there are: ``1 file``, ``1,200 files``."""
    return f"{number:,} {what if number == 1 else several or what + 's'}"


def archived(files: int) -> str:
    """What is said of so many files that are in an archive storage class."""
    are, they = ("is", "it is") if files == 1 else ("are", "they are")
    return f"{count(files, 'file')} {are} archived, and not read before {they} restored"


def local_time(at: datetime) -> str:
    """A time on the user's clock, to the second."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"
