"""What is staged for COPY."""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """In which form rows are staged."""

    PARQUET = "parquet"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class StagedObject:
    """An object with rows of one file."""

    url: str
    size_bytes: int
    rows: int
