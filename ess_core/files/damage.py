"""What can be wrong with a file, by meaning."""

from ess_core.errors import EssError


class BadFileError(EssError):
    """What is in a file cannot be used, and could not at another time either; other files may be fine."""


class FailedError(BadFileError):
    """A command fails on the file; ``stderr`` is the end of what it said."""

    def __init__(self, message: str, stderr: str = "") -> None:
        super().__init__(message)
        self.stderr = stderr


class DamagedError(BadFileError):
    """Data is not what it should be; raised when all bytes before the damage have been given."""


class TruncatedError(DamagedError):
    """The data ends too early; what came before it is good."""


class CorruptError(DamagedError):
    """The data is wrong, maybe also what came before: a checksum is known only at the end."""


class TrailingGarbageError(DamagedError):
    """Whole data is followed by something else."""
