"""The parts of one file as the index keeps them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from ess_core.tables.cache.files import Stamp, stamp
from ess_core.tables.parts import Part


@dataclass(frozen=True, slots=True)
class Record:
    """Parts whose paths are names alone, and the stamp of each file by its name."""

    parts: tuple[Part, ...]
    files: dict[str, Stamp]

    @property
    def disk_bytes(self) -> int:
        """What the files take on the disk."""
        return sum(one.disk_bytes for one in self.files.values())

    def within(self, folder: Path) -> tuple[Part, ...]:
        """The parts, where the files are in ``folder``."""
        return tuple(part.within(str(folder)) for part in self.parts)


def record(parts: Sequence[Part]) -> Record:
    """The record of parts, whose files are there."""
    stamps = {Path(path).name: stamp(path) for part in parts for path in part.files}
    return Record(tuple(part.within("") for part in parts), stamps)


def dumped(found: Record) -> str:
    """The record as text."""
    parts = [{field.name: getattr(part, field.name) for field in fields(part)} for part in found.parts]
    files = {name: [one.size_bytes, one.modified_ns] for name, one in found.files.items()}
    return json.dumps({"parts": parts, "files": files}, separators=(",", ":"))


def loaded(text: str) -> Record:
    """The record that became this text."""
    found = json.loads(text)
    parts = tuple(Part(**one | {"paths": tuple(one["paths"])}) for one in found["parts"])
    return Record(parts, {name: Stamp(*facts) for name, facts in found["files"].items()})
