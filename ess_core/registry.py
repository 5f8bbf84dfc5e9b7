"""The table of what plugins give: kind, name, owner, value. Filled by the host, read by everyone.

It is plain data (names and ``module:attribute`` strings), so that it can be pickled and sent to a worker,
and so that nothing is imported until it is used.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ess_core.errors import EssError


class Kind(Enum):
    """What a plugin can add; the value is how a message names it."""

    COMMAND_OPTIONS = "command option"
    CONFIG = "configuration section"
    DATASTORE = "datastore"
    WORKER_PROVIDER = "worker provider"
    EXECUTOR = "executor"
    CLUSTER_EVENT = "cluster event"
    CHECK = "check"
    FORMATTER = "output format"
    IAM = "IAM statement"


SHARED = frozenset({Kind.COMMAND_OPTIONS, Kind.CLUSTER_EVENT, Kind.IAM})
"""Kinds in which several plugins may answer to one name; elsewhere the first keeps it."""


@dataclass(frozen=True)
class Entry:
    """One thing a plugin gives: ``value`` is ``module:attribute``, or plain data for CONFIG and IAM."""

    kind: Kind
    name: str
    plugin: str
    value: Any


class TakenError(EssError):
    """Another plugin already gives something of this kind and name."""


@dataclass
class Registry:
    """Entries in the order they came: built-in plugins first."""

    entries: list[Entry] = field(default_factory=list)
    own: set[str] = field(default_factory=set)
    """The names of the plugins that came with ess."""

    def add(self, entry: Entry) -> None:
        """Add one entry. Raises TakenError where its name is taken and its kind is not shared."""
        if entry.kind not in SHARED and (first := self.find(entry.kind, entry.name)):
            raise TakenError(f"{entry.kind.value} '{entry.name}' already comes from {first.plugin}")
        self.entries.append(entry)

    def of(self, kind: Kind) -> Iterator[Entry]:
        """All entries of one kind."""
        return (entry for entry in self.entries if entry.kind is kind)

    def named(self, kind: Kind, name: str) -> list[Entry]:
        """All entries of one kind and name, for shared kinds."""
        return [entry for entry in self.of(kind) if entry.name == name]

    def find(self, kind: Kind, name: str) -> Entry | None:
        """The first entry of this kind and name."""
        return next(iter(self.named(kind, name)), None)

    def load(self, kind: Kind, name: str) -> Any:
        """Import what ``name`` stands for. Raises EssError where it is unknown or cannot be imported."""
        entry = self.find(kind, name)
        if entry is None:
            known = ", ".join(sorted({entry.name for entry in self.of(kind)})) or "none"
            raise EssError(f"no {kind.value} '{name}'; there are: {known}")
        return resolve(entry)

    def forget(self, plugin: str) -> None:
        """Drop everything of a plugin that turned out to be broken."""
        self.entries = [entry for entry in self.entries if entry.plugin != plugin]


REGISTRY = Registry()
"""The one table of this process."""


def resolve(entry: Entry) -> Any:
    """Import the ``module:attribute`` of an entry. Raises EssError naming the plugin where it cannot be."""
    module, _, attribute = str(entry.value).partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:
        what = f"{entry.kind.value} '{entry.name}' of plugin {entry.plugin}"
        raise EssError(f"{what} cannot be loaded: {type(error).__name__}: {error}") from error
