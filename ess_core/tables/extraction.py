"""How a file becomes text, before that becomes a table."""

from dataclasses import dataclass

from ess_core.files.compression import AUTO


@dataclass(frozen=True, slots=True)
class Extraction:
    """What is done with the bytes of a file.

    ``members`` is a pattern, as a shell's, for the names in an archive. ``compression`` is what the file must
    be, see ``ess_core.files.compression.forced``: AUTO is what its bytes say, and ``none`` takes them as they
    are. ``preprocess`` is a shell command that each text goes through, or empty.
    """

    members: str = "*"
    compression: str = AUTO
    preprocess: str = ""


USUAL = Extraction()
"""All that is in it, decompressed."""
