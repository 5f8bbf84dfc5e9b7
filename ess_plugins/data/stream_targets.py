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
from ess_core.nodes.executors import Context
from ess_core.tables.categories import Category
from ess_plugins.data.stream import Target

LONGEST_BYTES = 200
"""A name in most file systems has 255, and ess writes under a longer one first."""


@dataclass(frozen=True)
class Targets:
    """A place for outputs; ``is_flat`` where they have names and not the whole keys of their files."""

    store: Datastore
    is_flat: bool

    def of_file(self, category: Category, key: str) -> Target:
        """Where the output of a file goes. Raises UsageError where that is itself a file of the category."""
        return self._checked(category, flat(key) if self.is_flat else key)

    def of_all(self, category: Category) -> Target:
        """Where one output of all files goes. Raises as ``of_file`` does."""
        return self._checked(category, category.name)

    def _checked(self, category: Category, key: str) -> Target:
        written, source = (_real(url) for url in (f"{self.store.url}/{key}", category.url + "/"))
        inside = written.removeprefix(source)
        if inside != written and select(category.patterns, category.excluded).matches(inside):
            raise UsageError(
                f"the output {key!r} in {self.store.url} would itself be a file of category {category.name}",
                "choose a place that its patterns do not match",
            )
        return Target(self.store, key)


def folder(path: str) -> Targets:
    """A folder of this machine, made when the first output is written."""
    return Targets(Local(SCHEME + os.path.abspath(path)), is_flat=True)


def datastore(url: str, context: Context) -> Targets:
    """Another datastore, where each output has the key of its file."""
    return Targets(opened(url.rstrip("/"), context), is_flat=False)


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
