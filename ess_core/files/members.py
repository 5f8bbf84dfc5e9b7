"""A member of an archive, and how archives of every kind hand theirs out."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import BinaryIO

from ess_core.files.damage import BadFileError


class NotArchiveError(BadFileError):
    """The file is no archive that can be read."""


class MemberError(BadFileError):
    """A member cannot be read: it is encrypted, no file, or packed in a way that is not known."""


class MemberKind(Enum):
    """What a member is; only files have content."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "device or pipe"


@dataclass(frozen=True, slots=True)
class Member:
    """A member; ``name`` is as the archive has it, to be shown and never to be used as a path.

    ``size`` is in bytes; ``packed_size`` is None where all are compressed as one. ``last_modified`` has a
    time zone where the archive says it, and is None where it says no time.
    """

    name: str
    size: int
    packed_size: int | None
    last_modified: datetime | None
    kind: MemberKind = MemberKind.FILE

    @property
    def is_file(self) -> bool:
        """True where it can be opened."""
        return self.kind is MemberKind.FILE

    @property
    def is_folder(self) -> bool:
        """True for a folder."""
        return self.kind is MemberKind.FOLDER


Opened = tuple[Member, Callable[[], BinaryIO]]
"""A member, and what opens it as long as the next one was not asked for."""

Members = Generator[Opened, None, None]
