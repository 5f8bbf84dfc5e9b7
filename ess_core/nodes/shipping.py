"""What work elsewhere takes: which files and datastores an item needs, and which files a result has.

An executor of this machine needs none of it. One that works on other machines sends an item's inputs there,
has the item for a folder of that machine, and brings back what was left in it. An item that says nothing
here is sent as it is, and so must need no file of this machine.
"""

import os
from typing import Any, Protocol, Self, TypeGuard, runtime_checkable

_is_shippable: dict[type, bool] = {}


@runtime_checkable
class Shippable(Protocol):
    """An item that can be worked on at another machine."""

    @property
    def folder(self) -> str:
        """The folder of this machine where the work leaves its files."""

    @property
    def leaves(self) -> bool:
        """Whether it may leave any."""

    @property
    def feeds(self) -> bool:
        """Whether they may be inputs of later work, and so are worth keeping where they are."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The files of this machine that it reads; no two of them have the same name."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The URLs of the datastores that it reads."""

    @property
    def writes(self) -> tuple[str, ...]:
        """The URLs of the datastores that it writes to."""

    def within(self, folder: str) -> Self:
        """The same work, with its inputs in ``folder``, where it leaves its files too."""


@runtime_checkable
class Left(Protocol):
    """A result that says which files were left."""

    @property
    def files(self) -> tuple[str, ...]:
        """Their paths; no two have the same name."""

    def within(self, folder: str) -> Self:
        """The same result, with its files in ``folder``."""


def is_shippable(item: Any) -> TypeGuard[Shippable]:
    """Whether an item is one; each class is asked once, as asking takes longer than all else with an item."""
    kind = type(item)
    if kind not in _is_shippable:
        _is_shippable[kind] = isinstance(item, Shippable)
    return _is_shippable[kind]


def files(result: Any) -> tuple[str, ...]:
    """The files of a result, or of all in a list of them; none of a result that does not say."""
    if isinstance(result, list):
        return tuple(path for one in result for path in files(one))
    return result.files if isinstance(result, Left) else ()


def within(result: Any, folder: str) -> Any:
    """The result, or the list of results, with its files in ``folder``."""
    if isinstance(result, list):
        return [within(one, folder) for one in result]
    return result.within(folder) if isinstance(result, Left) else result


def moved(path: str, folder: str) -> str:
    """The path that a file has in another folder; an empty one stands for no file, and stays so."""
    return path and os.path.join(folder, os.path.basename(path))
