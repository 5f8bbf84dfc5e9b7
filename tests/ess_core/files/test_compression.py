"""Compression by the data itself: what is recognized, read in bounded memory, and told when it is damaged."""

import bz2
import gzip
import io
import lzma
import random
import sys
import tarfile
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.files import decoders
from ess_core.files.compression import HEAD_BYTES, Compression, decompressed, sniff, unpacked
from ess_core.files.damage import CorruptError, DamagedError, TrailingGarbageError, TruncatedError
from ess_core.files.streams import CHUNK_BYTES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

COMPRESS = {
    Compression.GZIP: gzip.compress,
    Compression.BZIP2: bz2.compress,
    Compression.XZ: lzma.compress,
    Compression.ZSTD: lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}),
}
SKIPPABLE = b"\x5a\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"hello"
TEXT = b"".join(b"%d,%d\n" % (n, n * n) for n in range(20_000))
NOISE = random.Random(1).randbytes(1 << 20)

every = pytest.mark.parametrize("kind", COMPRESS, ids=lambda kind: kind.value)


def read(data, size=10_000):
    """All that comes before an error, and the error."""
    pieces, stream = [], decompressed(io.BytesIO(data), "x")
    try:
        while piece := stream.read(size):
            pieces.append(piece)
    except DamagedError as error:
        return b"".join(pieces), error
    return b"".join(pieces), None


def archive(kind):
    target = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(target, "w") as made:
            made.writestr("a", "x")
    else:
        form = {"v7": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}[kind]
        with tarfile.open(fileobj=target, mode="w", format=form) as made:
            made.addfile(tarfile.TarInfo("a"))
    data = target.getvalue()
    return data.replace(b"ustar\x0000", b"\0" * 8) if kind == "v7" else data


@every
def test_each_is_known_by_its_first_bytes(kind):
    assert sniff(COMPRESS[kind](TEXT)[:HEAD_BYTES]) is kind
    assert sniff(COMPRESS[kind](b"")) is kind


def test_archives_are_known_too():
    assert sniff(archive("zip")) is Compression.ZIP
    assert sniff(zip_of_nothing()) is Compression.ZIP
    for kind in ("gnu", "pax"):
        assert sniff(archive(kind)[:HEAD_BYTES]) is Compression.TAR


def test_a_tar_without_magic_is_known_by_its_checksum():
    data = bytearray(archive("v7"))
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    assert b"ustar" not in data
    assert sniff(bytes(data)) is Compression.TAR
    data[0] += 1
    assert sniff(bytes(data)) is Compression.NONE


def zip_of_nothing():
    target = io.BytesIO()
    zipfile.ZipFile(target, "w").close()
    return target.getvalue()


PLAIN = (
    *(b"", b"\x1f\x8b", b"\x1f\x8bx", b"PK", b"BZh9 is a name\n"),
    *(b"a,b\n" * 200, b"\0" * 600, b"x" * 257 + b"ustar" + b"x" * 300),
)


@pytest.mark.parametrize("data", PLAIN)
def test_all_else_is_plain(data):
    assert sniff(data) is Compression.NONE
    assert read(data) == (data, None)


@every
@pytest.mark.parametrize("size", [1, 7, 70_000, -1])
def test_what_was_compressed_is_read(kind, size):
    text = TEXT if size != 1 else TEXT[:2000]
    assert read(COMPRESS[kind](text), size) == (text, None)


@every
def test_members_that_follow_one_another_are_one(kind):
    compress = COMPRESS[kind]
    data = b"".join(compress(part) for part in (TEXT[:5], b"", TEXT[5:99_000], TEXT[99_000:]))
    assert read(data) == (TEXT, None)


@every
def test_zeros_after_the_data_are_padding(kind):
    data = COMPRESS[kind](TEXT)
    assert read(data + bytes(200_000)) == (TEXT, None)
    assert read(data + bytes(512) + data + bytes(4)) == (TEXT * 2, None)


@given(st.data(), st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.sampled_from(list(COMPRESS)))
def test_any_members_read_in_any_steps(data, parts, kind):
    packed = b"".join(COMPRESS[kind](part) for part in parts)
    stream, found = decompressed(io.BytesIO(packed)), []
    while piece := stream.read(data.draw(st.integers(1, 400))):
        found.append(piece)
    assert b"".join(found) == b"".join(parts)


def test_frames_of_zstd_to_be_skipped_are_skipped():
    data = COMPRESS[Compression.ZSTD](TEXT)
    assert read(SKIPPABLE + data + SKIPPABLE + data) == (TEXT * 2, None)


@every
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_cut_off_data_gives_all_that_is_good_and_then_says_so(kind, kept):
    data = COMPRESS[kind](NOISE)
    found, error = read(data[: int(len(data) * kept)])
    assert type(error) is TruncatedError
    assert "x is cut off" in error.message
    assert NOISE.startswith(found)
    block = 900_000 if kind is Compression.BZIP2 else 200_000
    assert len(found) > len(NOISE) * kept - block


def test_what_is_left_in_the_decompressor_is_given_too():
    packed = gzip.compress(bytes(1 << 21))
    for length in range(100, len(packed) - 8, 7):
        assert read(packed[:length])[0] == zlib.decompressobj(31).decompress(packed[:length])


def test_gzip_reads_alike_with_isal_and_without_it(monkeypatch):
    pytest.importorskip("isal")
    made = random.Random(2)
    packed = [gzip.compress(TEXT[:size], level) for size in (300, 9000, 90_000) for level in (1, 6)]
    packed.append(gzip.compress(TEXT[:9000]) + gzip.compress(NOISE[:9000]))
    cases = [data[: made.randrange(len(data))] for data in packed for _ in range(10)]
    for data in packed * 60:
        at = made.choice([made.randrange(12), made.randrange(len(data))])
        cases.append(data[:at] + bytes([data[at] ^ 1 << made.randrange(8)]) + data[at + 1 :])
    with_isal = [read(case) for case in cases]
    monkeypatch.setitem(sys.modules, "isal", None)
    decoders._inflating.cache_clear()
    assert decoders._inflating() is zlib
    for case, (found, error) in zip(cases, with_isal, strict=True):
        wanted, wanted_error = read(case)
        at_most = 2 if wanted_error else 0  # bytes before a cut that zlib makes out and isal does not
        assert (type(error), wanted[: len(found)]) == (type(wanted_error), found)
        assert len(wanted) - len(found) <= at_most
    decoders._inflating.cache_clear()


@every
def test_a_member_is_known_where_its_first_bytes_come_in_two_reads(kind):
    data = COMPRESS[kind](TEXT)
    for split in (1, 2):
        padding = bytes(-(len(data) + split) % CHUNK_BYTES)
        assert read(data + padding + data) == (TEXT * 2, None)


@every
def test_data_without_its_last_byte_is_cut_off(kind):
    found, error = read(COMPRESS[kind](TEXT)[:-1])
    assert (found, type(error)) == (TEXT, TruncatedError)


@every
def test_cut_off_in_the_first_bytes_of_a_later_member(kind):
    data = COMPRESS[kind](TEXT)
    for length in (1, 2, 3, 12):
        found, error = read(data + data[:length])
        assert (found, type(error)) == (TEXT, TruncatedError)


@every
def test_a_flipped_bit_is_corrupt(kind):
    data = bytearray(COMPRESS[kind](NOISE))
    data[len(data) // 2] ^= 0x10
    found, error = read(bytes(data))
    assert type(error) is CorruptError
    assert "x is corrupt" in error.message
    assert len(found) < len(NOISE) or kind is Compression.GZIP


@every
def test_something_else_after_the_data_is_told_apart(kind):
    found, error = read(COMPRESS[kind](TEXT) + b"\0\0garbage")
    assert (found, type(error)) == (TEXT, TrailingGarbageError)


@every
def test_an_error_stays_one(kind):
    stream = decompressed(io.BytesIO(COMPRESS[kind](TEXT)[:-1]))
    assert stream.read(len(TEXT) + 5) == TEXT
    for size in (1, 1, -1):
        with pytest.raises(TruncatedError):
            stream.read(size)


def test_a_read_of_everything_does_not_hide_that_there_is_more():
    with pytest.raises(TruncatedError):
        decompressed(io.BytesIO(gzip.compress(TEXT)[:-1])).read()


@every
def test_lines_come_as_they_are_in_the_file(kind):
    assert b"".join(decompressed(io.BytesIO(COMPRESS[kind](TEXT)))) == TEXT


def test_all_whole_lines_come_before_the_error():
    packed, lines = gzip.compress(TEXT), []
    with pytest.raises(TruncatedError):
        lines.extend(io.BufferedReader(decompressed(io.BytesIO(packed[: len(packed) // 2]))))
    assert len(lines) > 5000
    assert lines == TEXT.splitlines(keepends=True)[: len(lines)]


@every
def test_a_bomb_is_read_in_little_memory(kind):
    packed = COMPRESS[kind](bytes(32 << 20))
    stream = decompressed(io.BytesIO(packed))
    tracemalloc.start()
    size = 0
    while piece := stream.read(100_000):
        size += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 32 << 20
    assert peak < 12 << 20  # xz has a dictionary of 8 MiB


def test_closing_closes_the_source():
    source = io.BytesIO(gzip.compress(TEXT))
    with decompressed(source) as stream:
        stream.read(1)
    assert source.closed


def test_a_peek_takes_nothing():
    stream, kind = unpacked(io.BytesIO(gzip.compress(TEXT)))
    assert kind is Compression.GZIP
    assert stream.peek(200_000)[:200_000] == TEXT[:200_000]
    assert stream.peek(1)[:1] == TEXT[:1]
    assert stream.read() == TEXT
    assert stream.peek(1) == b""
