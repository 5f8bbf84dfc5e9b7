"""What is sent to a worker for one item: never a key of this machine, and no path of it.

AWS as the master sees it stays with the master, whatever holds it: on the worker another takes its place.
"""

import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from ess_core.cloud import Cloud
from ess_plugins.workers.access import Access

_CLOUD = "cloud"


@dataclass(frozen=True)
class Errand:
    """A function and an item, and what of this machine and of AWS they need.

    ``inputs`` are the keys in the datastore ``scratch`` of the item's inputs, in their order; what is left
    is kept there under keys that begin with ``prefix``. An item that needs nothing has no ``access``.
    """

    packed: bytes = field(repr=False)
    access: Access | None = None
    scratch: str = ""
    inputs: tuple[str, ...] = ()
    prefix: str = ""


@dataclass(frozen=True)
class Delivered:
    """What the function returned; ``keys`` are those in scratch of the files it left, in their order."""

    result: Any
    keys: tuple[str, ...] = ()


def packed(fn: Callable[[Any], Any], item: Any) -> bytes:
    """The function and the item, as bytes."""
    made = io.BytesIO()
    _Packer(made).dump((fn, item))
    return made.getvalue()


def unpacked(data: bytes, cloud: Callable[[], Cloud]) -> tuple[Callable[[Any], Any], Any]:
    """The function and the item, for whom AWS is ``cloud()``."""
    return cast("tuple[Callable[[Any], Any], Any]", _Unpacker(data, cloud).load())


class _Packer(pickle.Pickler):
    def persistent_id(self, thing: Any) -> str | None:
        return _CLOUD if isinstance(thing, Cloud) else None


class _Unpacker(pickle.Unpickler):
    def __init__(self, data: bytes, cloud: Callable[[], Cloud]) -> None:
        super().__init__(io.BytesIO(data))
        self._cloud = cloud

    def persistent_load(self, name: str) -> Cloud:
        assert name == _CLOUD, name
        return self._cloud()
