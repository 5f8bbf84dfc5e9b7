"""Which plugins are installed, from file names: importlib.metadata would take half of `ess --help`."""

import importlib
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GROUP = "ess.plugins"
OURS = "essentia-aws"
_INSTALLED = re.compile(r"(?P<name>[^-]+)(-(?P<version>[^-]+))?.*\.(dist|egg)-info")


@dataclass(frozen=True)
class Found:
    """One entry point of the group, not loaded."""

    name: str
    distribution: str
    version: str
    value: str

    @property
    def is_ours(self) -> bool:
        """True for a plugin that comes with ess itself."""
        return self.distribution == OURS

    def load(self) -> Any:
        """Import what the entry point names: ``module`` or ``module:attribute``."""
        module, _, attributes = self.value.partition("[")[0].strip().partition(":")
        found = importlib.import_module(module.strip())
        for attribute in filter(None, attributes.strip().split(".")):
            found = getattr(found, attribute)
        return found


def find() -> list[Found]:
    """Every entry point of the group: our own first, then by name."""
    return sorted(_points(), key=lambda found: (not found.is_ours, found.name, found.distribution))


def _points() -> Iterator[Found]:
    seen = set()
    for folder in dict.fromkeys(sys.path):
        for path, name, version in _distributions(folder or "."):
            if name in seen:
                continue  # the first on sys.path hides the others, as it does on import
            seen.add(name)
            for key, value in _group(path):
                yield Found(key, name, version, value)


def _distributions(folder: str) -> Iterator[tuple[Path, str, str]]:
    """Folder, normalized name (PEP 503) and version of every installed distribution in ``folder``."""
    try:
        names = os.listdir(folder)
    except OSError:  # an entry of sys.path need not exist, or may be a zip file
        return
    for name in names:
        if name.endswith("-info") and (match := _INSTALLED.fullmatch(name)):
            normalized = re.sub(r"[-_.]+", "-", match["name"]).lower()
            yield Path(folder, name), normalized, match["version"] or "unknown"


def _group(distribution: Path) -> Iterator[tuple[str, str]]:
    """Name and value of the group's entry points (PyPA entry points specification)."""
    try:
        text = (distribution / "entry_points.txt").read_bytes().decode(errors="replace")
    except OSError:  # most distributions have none
        return
    section = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("["):
            section = line.strip("[] ")
        elif section == GROUP and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield name.strip(), value.strip()
