"""Which plugins are installed, and which of them the user has turned off."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path

from ess_core.errors import EssError

GROUP = "ess.plugins"
OURS = "essentia-aws"


@dataclass(frozen=True)
class Found:
    """One entry point, not loaded."""

    name: str
    distribution: str
    version: str
    point: EntryPoint

    @property
    def is_ours(self) -> bool:
        """True for a plugin that comes with ess itself."""
        return self.distribution == OURS


def find() -> list[Found]:
    """Every entry point of the group: our own first, then by name."""
    return sorted(_points(), key=lambda found: (not found.is_ours, found.name, found.distribution))


def _points() -> Iterator[Found]:
    seen = set()
    for distribution in distributions():
        text = _entry_points(distribution)
        if f"[{GROUP}]" not in text.replace(" ", ""):
            continue  # most distributions: reading their names would cost more than all the rest
        name = _name(distribution)
        if name in seen:
            continue  # the first on sys.path hides the others, as it does on import
        seen.add(name)
        for point in distribution.entry_points.select(group=GROUP):
            yield Found(point.name, name, _version(distribution), point)


def _entry_points(distribution: Distribution) -> str:
    try:
        return distribution.read_text("entry_points.txt") or ""
    except (OSError, ValueError):  # another package's unreadable or undecodable metadata is not our business
        return ""


def _name(distribution: Distribution) -> str:
    try:
        return distribution.name
    except Exception:  # noqa: BLE001 - importlib.metadata raises many things for a damaged METADATA file
        return "unknown"


def _version(distribution: Distribution) -> str:
    try:
        return distribution.version
    except Exception:  # noqa: BLE001 - as above
        return "unknown"


def blocks(conf: Path | None) -> dict[str, str]:
    """Plugin names that are turned off, and by what: ``ESS_BLOCK_PLUGINS`` and ``[plugins] block``."""
    by_environment = _words(os.environ.get("ESS_BLOCK_PLUGINS", ""))
    return dict.fromkeys(_blocked_by_conf(conf), "[plugins] block") | dict.fromkeys(
        by_environment, "ESS_BLOCK_PLUGINS"
    )


def no_plugins() -> str:
    """``ESS_NO_PLUGINS`` where it is set to anything but 0, no or false; else nothing."""
    value = os.environ.get("ESS_NO_PLUGINS", "").strip().lower()
    return "" if value in ("", "0", "no", "false") else "ESS_NO_PLUGINS"


def _blocked_by_conf(conf: Path | None) -> list[str]:
    from ess_core.conf.find import Overrides
    from ess_core.conf.find import find as find_conf
    from ess_core.conf.text import read_text

    try:
        path = find_conf(Overrides(conf=conf))
        if path is None:
            return []
        text = read_text(path)
        if "[plugins]" not in text:
            return []
        from ess_core.conf.parse import parse

        block = parse(text, path.name)["plugins"].values.get("block")
    except (EssError, KeyError):  # the command that needs the file says what is wrong with it
        return []
    return _words(block.text if block else "")


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()
