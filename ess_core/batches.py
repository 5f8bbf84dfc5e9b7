"""Items in lists of a certain length."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """All items in their order, in lists of ``size``, of which only the last may be shorter."""
    each = iter(items)
    while some := list(islice(each, size)):
        yield some
