"""Where the outputs of streamed files are kept: a file in a folder, or in another datastore, for each."""

import hashlib
import os
from dataclasses import dataclass
from urllib.parse import quote

from ess_core.errors import UsageError
from ess_core.files import Datastore, key_bytes
from ess_core.files.globs import select
from ess_core.files.local import SCHEME, Local
from ess_core.files.opening import opened
from ess_core.nodes.executors import Given
from ess_core.tables.categories import Category
from ess_plugins.data.stream import Target

LONGEST_BYTES = 200
"""A name in most file systems has 255, and ess writes under a longer one first."""


@dataclass(frozen=True)
class Targets:
    """A place for outputs; ``is_flat`` where they have names and not the whole keys of their files."""

    store: Datastore
    is_flat: bool

    def of(self, key: str) -> Target:
        """Where the output of the file ``key`` goes."""
        return Target(self.store, flat(key) if self.is_flat else key)

    def check(self, category: Category, key: str) -> Target:
        """The same. Raises UsageError where what is written there would be a file of the category."""
        target = self.of(key)
        written, source = (_real(url) for url in (f"{self.store.url}/{target.key}", category.url + "/"))
        inside = written.removeprefix(source)
        if inside != written and select(category.patterns, category.excluded).matches(inside):
            raise UsageError(
                f"the output of {key!r} would be {target.key!r} in {self.store.url}, a file of the category",
                "choose a place that its patterns do not match",
            )
        return target


def folder(path: str) -> Targets:
    """A folder of this machine, made when the first output is written."""
    return Targets(Local(SCHEME + os.path.abspath(path)), is_flat=True)


def datastore(url: str, given: Given) -> Targets:
    """Another datastore, where each output has the key of its file."""
    return Targets(opened(url.rstrip("/"), given), is_flat=False)


def flat(key: str) -> str:
    """A name for a file of this key: no other key has the same one, and none is hidden."""
    name = quote(key_bytes(key), safe="=@+,")
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) <= LONGEST_BYTES:
        return name
    return f"{name[: LONGEST_BYTES - 33]}-{hashlib.sha256(key_bytes(key)).hexdigest()[:32]}"


def _real(url: str) -> str:
    """The address without links where it is a path of this machine; a ``/`` at its end stays."""
    if not url.startswith(SCHEME):
        return url
    folder, name = os.path.split(url.removeprefix(SCHEME))
    return SCHEME + os.path.join(os.path.realpath(folder), name)
