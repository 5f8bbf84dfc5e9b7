"""How much there is, by folder, storage class, extension or day: summed up a page at a time."""

import marshal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ess_plugins.s3.listing.page import KEY, LAST_MODIFIED, SIZE, Row, storage_class

DELIMITER = "/"
NO_EXTENSION = "(none)"
_DAY = len("2014-01-31")

Group = Callable[[Row], str]


@dataclass(frozen=True)
class Usage:
    """Objects and their bytes of one group."""

    name: str
    objects: int
    size_bytes: int


def by_class(row: Row) -> str:
    """The storage class."""
    return storage_class(row)


def by_day(row: Row) -> str:
    """The day of modification, in UTC."""
    return row[LAST_MODIFIED][:_DAY]


def by_extension(row: Row) -> str:
    """What stands after the last dot of the name, in lower case; ``tar.gz`` counts as one."""
    name = row[KEY].rpartition(DELIMITER)[2]
    stem, _, last = name.lower().rpartition(".")
    if not stem or not last:
        return NO_EXTENSION
    return f"tar.{last}" if stem.endswith(".tar") else last


def by_folder(prefix: str, depth: int) -> Group:
    """The first ``depth`` folders below the last ``/`` of ``prefix``; the prefix itself for what is above."""
    base = prefix.rpartition(DELIMITER)[0]
    start = len(base) + 1 if base else 0

    def group(row: Row) -> str:
        key = row[KEY]
        end = start
        for _ in range(depth):
            found = key.find(DELIMITER, end)
            if found < 0:
                break
            end = found + 1
        return key[:end]

    return group


def packed(rows: Iterable[Row], group: Group) -> bytes:
    """The sums of one page."""
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        name = group(row)
        objects, size_bytes = sums.get(name, (0, 0))
        sums[name] = objects + 1, size_bytes + int(row[SIZE])
    return marshal.dumps(sums)


def merged(chunks: Iterable[bytes]) -> Sequence[Usage]:
    """The sums of all pages, in the order in which groups first came."""
    sums: dict[str, tuple[int, int]] = {}
    for chunk in chunks:
        for name, (more, more_bytes) in marshal.loads(chunk).items():  # noqa: S302 - written by this process
            objects, size_bytes = sums.get(name, (0, 0))
            sums[name] = objects + more, size_bytes + more_bytes
    return [Usage(name, *values) for name, values in sums.items()]
