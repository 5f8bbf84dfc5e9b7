"""Objects written whole or not at all: small ones with one PUT, large ones in parts."""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, BinaryIO, TypeVar

from ess_plugins.s3.failures import explained
from ess_plugins.s3.reading.ahead import Later

PART_BYTES = 8 * 1024 * 1024
"""What is smaller than this is written with one PUT."""
PARTS_AT_ONCE = 4
PARTS_OF_A_SIZE = 1000
"""After so many the parts get twice as large, because S3 takes 10,000 of them."""
Part = tuple[int, bytes]
T = TypeVar("T")


def put(s3: Any, bucket: str, key: str, source: BinaryIO) -> None:
    """Make ``key`` what ``source`` has from here on; where that fails, whatever was there stays.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
    """
    first = _exactly(source, PART_BYTES)
    with explained(s3, bucket, key):
        if len(first) < PART_BYTES:
            s3.put_object(Bucket=bucket, Key=key, Body=first)
        else:
            _put_parts(s3, {"Bucket": bucket, "Key": key}, _parts(first, source))


def _put_parts(s3: Any, where: dict[str, str], parts: Iterator[Part]) -> None:
    upload = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
    under_way: list[Later[Any]] = []
    try:
        done = list(_sent(partial(_send, s3, upload), parts, under_way))
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": done})
    except BaseException:
        for later in under_way:
            with contextlib.suppress(Exception):  # a part that arrives after the end would be kept, and cost
                later.result()
        with contextlib.suppress(Exception):  # what failed first is what the user must know
            s3.abort_multipart_upload(**upload)
        raise


def _sent(send: Callable[[Part], T], parts: Iterator[Part], under_way: list[Later[T]]) -> Iterator[T]:
    """What ``send`` gives of every part, in order; those under way are in ``under_way``."""
    for part in parts:
        under_way.append(Later(partial(send, part)))
        if len(under_way) == PARTS_AT_ONCE:
            yield under_way.pop(0).result()
    while under_way:
        yield under_way.pop(0).result()


def _send(s3: Any, upload: dict[str, str], part: Part) -> dict[str, Any]:
    number, body = part
    given = s3.upload_part(**upload, PartNumber=number, Body=body)
    return {"PartNumber": number, "ETag": given["ETag"]}


def _parts(first: bytes, source: BinaryIO) -> Iterator[Part]:
    """Numbered parts from 1 on, of which only the last may be short."""
    part = first
    for number in itertools.count(1):
        if not part:
            return
        yield number, part
        part = _exactly(source, PART_BYTES << (number // PARTS_OF_A_SIZE))


def _exactly(source: BinaryIO, size: int) -> bytes:
    """The next ``size`` bytes, fewer only at the end, also of a source that gives fewer at a time."""
    pieces, missing = [], size
    while missing and (piece := source.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
