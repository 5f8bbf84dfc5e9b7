"""The first rows of a Parquet file as a small one, by its ranges where it can be large."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ess_core.files import Datastore, File
from ess_core.files.damage import CorruptError
from ess_core.files.streams import CHUNK_BYTES
from ess_core.tables import parquet
from ess_core.tables.engine import connect
from ess_core.tables.sqltext import copied, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROWS = 1000
_MEMORY_MB = 512
_MOST_BYTES = 1 << 26  # of the first row group; the rows of a larger one are not asked for
_FOOTER_BYTES = 8  # its length and the magic bytes
_MOST_FOOTER_BYTES = 1 << 28


def of_stream(stream: BinaryIO, first: bytes, name: str) -> bytes:
    """The excerpt of a file whose ``first`` bytes were read already."""
    with _opened() as (db, folder), parquet.readable(name):
        source = folder / "source.parquet"
        parquet.spooled(stream, source, first)
        return _excerpt(db, folder, source, _ROWS)


def of_file(store: Datastore, file: File) -> bytes:
    """The excerpt of a file of which only the footer and the first rows are read."""
    with _opened() as (db, folder), parquet.readable(repr(file.key)):
        source = folder / "source.parquet"
        with source.open("wb") as sparse:
            sparse.truncate(file.size)
            _copy(store, file, sparse, 0, len(parquet.MAGIC))
            _copy(store, file, sparse, _footer_at(store, file), file.size)
            sparse.flush()
            start, end = _first_group(db, source)
            fits = end - start <= _MOST_BYTES
            if fits:
                _copy(store, file, sparse, start, end)
        return _excerpt(db, folder, source, _ROWS if fits else 0)


@contextmanager
def _opened() -> Iterator[tuple["DuckDBPyConnection", Path]]:
    with tempfile.TemporaryDirectory(prefix="ess-") as name, connect(Path(name), _MEMORY_MB) as db:
        parquet.confine(db, Path(name))
        yield db, Path(name)


def _copy(store: Datastore, file: File, target: BinaryIO, start: int, end: int) -> None:
    target.seek(start)
    with store.open(file.key, start, end, file.etag) as stream:
        while piece := stream.read(CHUNK_BYTES):
            target.write(piece)


def _footer_at(store: Datastore, file: File) -> int:
    """Where the footer begins. Raises CorruptError where there is none."""
    with store.open(file.key, max(0, file.size - _FOOTER_BYTES), file.size, file.etag) as stream:
        end = stream.read(_FOOTER_BYTES)
    size = int.from_bytes(end[:4], "little") + _FOOTER_BYTES
    if end[4:] != parquet.MAGIC or size > min(file.size - len(parquet.MAGIC), _MOST_FOOTER_BYTES):
        raise CorruptError(f"{file.key!r} is corrupt: Parquet: it has no footer at its end")
    return file.size - size


def _first_group(db: "DuckDBPyConnection", source: Path) -> tuple[int, int]:
    """From where to where the first rows are; nothing where there are none."""
    begin = "case when dictionary_page_offset > 0 then dictionary_page_offset else data_page_offset end"
    found = db.execute(
        f"select coalesce(min({begin}), 0), coalesce(max({begin} + total_compressed_size), 0) "
        f"from parquet_metadata({literal(str(source))}) where row_group_id = 0"
    ).fetchone()
    assert found, "an aggregate has one row"
    return found[0], found[1]


def _excerpt(db: "DuckDBPyConnection", folder: Path, source: Path, rows: int) -> bytes:
    target = folder / "excerpt.parquet"
    copied(db, f"select * from {parquet.reader(source)} limit {rows}", target)
    return target.read_bytes()
