"""The datastore on a bucket."""

import io
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from ess_core.cloud import Cloud
from ess_core.errors import UsageError
from ess_core.files import BadKeyError, ChangedError, Datastore, File
from ess_core.files.levels import Folder
from ess_core.files.prefixed import Prefixed
from ess_plugins.s3 import deleting, objects, writing
from ess_plugins.s3.access import USUAL, Access, client
from ess_plugins.s3.listing.files import files, level
from ess_plugins.s3.place import SCHEME, place
from ess_plugins.s3.reading.fetch import OutOfRangeError, Source
from ess_plugins.s3.reading.stream import ObjectStream

LONGEST_KEY_BYTES = 1024
BUFFER_BYTES = 1024 * 1024


def opened(url: str, cloud: Cloud) -> Datastore:
    """The datastore of ``s3://BUCKET``, or of a folder in it: ``s3://BUCKET/FOLDER``."""
    where = place(url)
    store, folder = Store(SCHEME + where.bucket, cloud), where.prefix.rstrip("/")
    return Prefixed(store, folder) if folder else store


class Store:
    """A bucket: a file is an object, its key any text that S3 takes, up to 1,024 bytes of UTF-8."""

    def __init__(self, url: str, cloud: Cloud, access: Access = USUAL) -> None:
        where = place(url)
        if where.prefix:
            raise UsageError(f"{url!r} is more than a bucket", f"write {SCHEME}{where.bucket}")
        self.bucket = where.bucket
        self.url = SCHEME + where.bucket
        self._cloud = cloud
        self._access = access

    @property
    def s3(self) -> Any:
        """Its client, made when something is first asked of it."""
        return client(self._cloud, self._access)

    def list(self, prefix: str = "") -> Iterator[File]:
        """The objects whose key begins with ``prefix``, listed in parallel where that is quicker."""
        return files(self._cloud, self._access, self.bucket, prefix)

    def level(self, prefix: str = "") -> Iterator[File | Folder]:
        """The objects directly below ``prefix``, and the common prefixes there."""
        return level(self._cloud, self._access, self.bucket, prefix)

    def stat(self, key: str) -> File:
        """What HEAD says of one object."""
        found = objects.metadata(self._source(key))
        return File(key, found.size, found.last_modified, found.etag, found.storage_class)

    def open(self, key: str, start: int = 0, end: int | None = None, etag: str = "") -> BinaryIO:
        """The bytes from ``start`` up to ``end``, read ahead and kept up as ObjectStream does it."""
        source = self._source(key)
        try:
            stream = ObjectStream(source, start, end, etag and f'"{etag}"')
        except OutOfRangeError:
            return io.BytesIO()
        if etag and stream.etag not in ("", etag):  # not every server heeds If-Match
            stream.close()
            raise ChangedError(f"{source.where} was changed since it was listed")
        return io.BufferedReader(stream, BUFFER_BYTES)

    def put(self, key: str, source: BinaryIO) -> None:
        """Write with one PUT, or in parts."""
        writing.put(self.s3, self.bucket, self._source(key).key, source)

    def delete(self, key: str) -> None:
        """Delete the object; a bucket with versions keeps the older ones."""
        deleting.delete_one(self.s3, self.bucket, self._source(key).key)

    def delete_all(self, keys: Iterable[str]) -> None:
        """Delete the objects, as many with one request as S3 takes."""
        deleting.delete(self.s3, self.bucket, (self._source(key).key for key in keys))

    def _source(self, key: str) -> Source:
        try:
            length = len(key.encode())
        except UnicodeEncodeError as error:
            raise BadKeyError(f"{key!r} is no UTF-8, so no object can have it for a key") from error
        if not 0 < length <= LONGEST_KEY_BYTES:
            raise BadKeyError(
                f"a key of S3 has 1 to {LONGEST_KEY_BYTES} bytes and this one has {length}: {key[:60]!r}"
            )
        return Source(self.s3, self.bucket, key)
