"""The configuration in use: values, where each came from, and whose credentials they name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ess_core.conf import resolve
from ess_core.conf.credentials import Credentials, read_credentials
from ess_core.conf.find import HINT_INIT, NAME, NO_OVERRIDES, Overrides
from ess_core.conf.text import expanded, shown
from ess_core.errors import ConfigError

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Conf:
    """instance.conf as the plugins' schemas read it, under what the command line says.

    ``path`` is absolute, or None where there is no file; ``broken`` says by plugin why its schema cannot be
    used: the sections of such a plugin are empty.
    """

    path: Path | None = None
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    lines: Mapping[tuple[str, str], int] = field(default_factory=dict, repr=False)
    overrides: Overrides = NO_OVERRIDES
    warnings: tuple[str, ...] = ()
    broken: Mapping[str, str] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """What pickle takes: it knows no read-only mappings."""
        return vars(self) | {"sections": {name: dict(values) for name, values in self.sections.items()}}

    def require(self) -> Path:
        """The path of the file. Raises ConfigError where there is none."""
        if self.path is None:
            raise ConfigError(f"there is no {NAME} here", HINT_INIT)
        return self.path

    def section(self, name: str) -> Mapping[str, Any]:
        """The values of one section with its defaults; a key that has neither is absent."""
        return self.sections.get(name, _NOTHING)

    def origin(self, section: str, key: str) -> str:
        """Where a value came from: ``instance.conf:6``, ``default``, or ``not set``."""
        if self.path and (section, key) in self.lines:
            return f"{self.path.name}:{self.lines[section, key]}"
        return "default" if key in self.section(section) else "not set"

    def where(self, section: str, key: str) -> str:
        """How an error about a value begins: ``instance.conf:6: [EC2] key_name``."""
        if self.path is None:
            return f"[{section}] {key}"
        line = f":{self.lines[section, key]}" if (section, key) in self.lines else ""
        return f"{shown(self.path)}{line}: [{section}] {key}"

    def beside(self, name: str) -> Path:
        """The path that ``name`` in the file stands for: relative ones start at the file's own folder."""
        return self.folder / expanded(name)

    @property
    def folder(self) -> Path:
        """The folder of the file, or the working folder where there is none."""
        return self.path.parent if self.path else Path.cwd()

    def credentials(self) -> Credentials | None:
        """The keys in the console CSV of ``--credentials`` or ``aws_credential``; None: AWS's own chain.

        Raises ConfigError where that file cannot be used.
        """
        found = resolve.identity(self)
        if not isinstance(found, resolve.CsvFile):
            return None
        return read_credentials(found.folder, found.name, found.where)

    def profile(self) -> str | None:
        """The profile of ``--profile`` or the file, unless credentials from a CSV win over it."""
        found = resolve.identity(self)
        return found.name if isinstance(found, resolve.Profile) else None

    def region(self) -> resolve.Region:
        """``--region``, the file, AWS_REGION or AWS_DEFAULT_REGION, in this order.

        Raises ConfigError where it does not have the form of a region.
        """
        return resolve.region(self)
