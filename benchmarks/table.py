"""One Markdown table, printed row by row as its figures come."""

from collections.abc import Iterable, Sequence
from typing import Protocol


class Column(Protocol):
    """A tool that has a column."""

    name: str

    def version(self) -> str:
        """The version of it that is measured."""

    def missing(self) -> str:
        """Why it cannot be measured here; empty where it can."""


def head(peers: Sequence[Column]) -> None:
    """Print the head: a column for each peer, with its version or why it is left out."""
    print(_line(["", *(f"{peer.name} {'' if peer.missing() else peer.version()}".strip() for peer in peers)]))
    print(_line(["---"] * (len(peers) + 1)))


def row(name: str, cells: Iterable[str]) -> None:
    """Print one row."""
    print(_line([name, *cells]), flush=True)


def notes(peers: Sequence[Column]) -> None:
    """Print who is left out, and why."""
    for peer in peers:
        if reason := peer.missing():
            print(f"{peer.name} is left out: {reason}")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
