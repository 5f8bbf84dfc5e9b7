"""A range of an object, read to its end whatever happens to the connection on the way."""

import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from ess_core.cloud import code, passing
from ess_core.cloud.failures import silence
from ess_core.errors import EssError
from ess_core.files import ChangedError
from ess_plugins.s3.failures import Where, explained
from ess_plugins.s3.reading.patience import TRIES, Patience

CHUNK_BYTES = 1024 * 1024
CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
NO_SUCH_RANGE = frozenset({"InvalidRange", "416"})
Chunks = Generator[bytes, None, None]
GONE = frozenset({"NoSuchKey", "NoSuchVersion", "PreconditionFailed"})


class OutOfRangeError(EssError):
    """The range begins behind the object's end."""


class CutError(Exception):
    """The connection ended before the body did."""


@dataclass(frozen=True)
class Source:
    """An object to read, and the client to read it with; ``version_id`` is empty for the latest."""

    s3: Any
    bucket: str
    key: str
    version_id: str = ""

    @property
    def where(self) -> Where:
        """How messages name it."""
        return Where(self.s3.meta.endpoint_url, self.bucket, self.key)


@dataclass(frozen=True)
class Answer:
    """A GET whose body has not been read: bytes ``start`` to before ``end`` of an object of ``size``."""

    start: int
    end: int
    size: int
    etag: str
    body: Any


EMPTY = Answer(0, 0, 0, "", None)


def ask(source: Source, start: int = 0, end: int | None = None, etag: str = "") -> Answer:
    """Ask for bytes ``start`` to before ``end`` (None: all there are), at least one; all may be answered.

    With an ``etag`` it must be the object of that etag. Raises NoBucketError, NoObjectError, ArchivedError,
    ChangedError, OutOfRangeError, and EssError for the rest.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    patience = Patience()
    with explained(source.s3, source.bucket, source.key):
        while True:
            try:
                return _within(source, start, _get(source, start, end, etag))
            except CutError as error:
                if patience.lost():
                    raise _given_up(source, start, error) from error
            except source.s3.exceptions.ClientError as error:
                if code(error) in NO_SUCH_RANGE and start == 0:
                    return EMPTY
                if code(error) in NO_SUCH_RANGE:
                    raise _behind(source, start, _size_of(error)) from error
                if not passing(error) or patience.lost():
                    raise


def read(source: Source, start: int, end: int, etag: str, answer: Answer | None = None) -> Chunks:
    """The bytes from ``start`` to before ``end``; first those that ``answer`` holds, where there is one.

    A connection that is cut, times out or ends early is taken up again where it broke. Raises ChangedError
    where the object's etag is not ``etag`` any more, and EssError where nothing comes any more.
    """
    with explained(source.s3, source.bucket, source.key):
        yield from _read(source, start, end, etag, answer)


def _read(source: Source, start: int, end: int, etag: str, answer: Answer | None) -> Chunks:
    from botocore.exceptions import BotoCoreError, ClientError

    patience = Patience()
    while start < end:
        try:
            for chunk in _body(answer or _same(source, start, end, etag), start, end):
                patience.renew()
                start += len(chunk)
                yield chunk
        except (BotoCoreError, ClientError, CutError) as error:
            if not isinstance(error, CutError) and not passing(error):
                raise
            if patience.lost():
                raise _given_up(source, start, error) from error
        answer = None


def _get(source: Source, start: int, end: int | None, etag: str = "") -> Answer:
    asked = {"Bucket": source.bucket, "Key": source.key}
    if start or end is not None:
        asked["Range"] = f"bytes={start}-{'' if end is None else end - 1}"
    if etag:
        asked["IfMatch"] = etag
    if source.version_id:
        asked["VersionId"] = source.version_id
    return _answer(source.s3.get_object(**asked))


def _answer(given: Any) -> Answer:
    etag, body = given.get("ETag", ""), given["Body"]
    ranged = CONTENT_RANGE.fullmatch(given.get("ContentRange", ""))
    if ranged:
        first, last, size = (int(number) for number in ranged.groups())
        return Answer(first, last + 1, size, etag, body)
    if etag and "ContentLength" in given:
        return Answer(0, given["ContentLength"], given["ContentLength"], etag, body)
    body.close()
    raise CutError("an answer that says neither what it is nor how long")  # such as an error with status 200


def _same(source: Source, start: int, end: int, etag: str) -> Answer:
    """Ask for more of an object that is being read."""
    changed = ChangedError(f"{source.where} was changed while it was read", "read it again from its start")
    try:
        answer = _get(source, start, end, etag)
    except source.s3.exceptions.ClientError as error:
        if code(error) in GONE:
            raise changed from error
        raise
    if answer.etag != etag:  # not every server heeds If-Match
        answer.body.close()
        raise changed
    return answer


def _body(answer: Answer, start: int, end: int) -> Chunks:
    """What the answer holds of ``start`` to ``end``. Raises CutError where its body ends too early."""
    at, last = answer.start, min(end, answer.end)
    try:
        while at < last:
            chunk = _some(answer.body, min(CHUNK_BYTES, answer.end - at))
            wanted = chunk[max(0, start - at) : last - at]
            at += len(chunk)
            if wanted:
                yield wanted
    finally:
        answer.body.close()


def _some(body: Any, most: int) -> bytes:
    from botocore.exceptions import IncompleteReadError
    from urllib3.exceptions import HTTPError

    try:
        chunk: bytes = body.read(most)
    except (IncompleteReadError, HTTPError, OSError) as error:
        raise CutError(silence(error)) from error
    if not chunk:
        raise CutError("the answer ended early")
    return chunk


def _within(source: Source, start: int, answer: Answer) -> Answer:
    """The answer; not every server refuses a range that begins behind the end."""
    if 0 < start >= answer.size:
        answer.body.close()
        raise _behind(source, start, str(answer.size))
    return answer


def _behind(source: Source, start: int, size: str) -> OutOfRangeError:
    return OutOfRangeError(
        f"{source.where} has {size or 'fewer'} bytes: there is nothing from byte {start} on"
    )


def _size_of(error: Any) -> str:
    said: str = error.response["ResponseMetadata"]["HTTPHeaders"].get("content-range", "")
    return said.rpartition("/")[2]


def _given_up(source: Source, start: int, error: Exception) -> EssError:
    reason = str(error) if isinstance(error, CutError) else silence(error)
    where = source.where
    return EssError(
        f"{where} at {where.endpoint} cannot be read on from byte {start}: {reason} ({TRIES} times in a row)",
        "check the network, and try again",
    )
