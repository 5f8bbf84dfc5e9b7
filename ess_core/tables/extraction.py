"""How a file becomes text, before that becomes a table."""

from dataclasses import dataclass

from ess_core.files.compression import AUTO


@dataclass(frozen=True, slots=True)
class Extraction:
    """What is done with the bytes of a file.

    ``members`` is a pattern, as a shell's, for the names in an archive. ``compression`` is what the file must
    be, see ``ess_core.files.compression.forced``: AUTO is what its bytes say, and ``none`` takes them as they
    are. ``preprocess`` is a shell command that each text goes through, or empty; ``command`` is one more that
    comes after it. Both are told of ``columns``, a columnspec, or of those of the recipe where it is None.
    """

    members: str = "*"
    compression: str = AUTO
    preprocess: str = ""
    command: str = ""
    columns: str | None = None


USUAL = Extraction()
"""All that is in it, decompressed."""
