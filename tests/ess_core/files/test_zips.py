"""Zip archives: read with few ranges, in bounded memory, and said where they are damaged or locked."""

import io
import lzma
import struct
import tracemalloc
import zipfile
import zlib
from datetime import UTC, datetime

import pytest

from ess_core.files.archives import MemberError, MemberKind, contents, members, open_member
from ess_core.files.damage import CorruptError, DamagedError, TruncatedError
from tests.ess_core.files.made import FILES, NOISE, TEXT, Counting, put, zipped, zstd


@pytest.fixture
def store(tmp_path):
    return Counting(f"file://{tmp_path}")


def test_a_zip_with_a_time_in_utc_has_that(store):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        info = zipfile.ZipInfo("a", (2014, 1, 5, 10, 20, 30))
        info.extra = struct.pack("<HHH", 0x9999, 2, 0) + struct.pack("<HHBi", 0x5455, 5, 1, 1_388_917_231)
        made.writestr(info, b"")
        made.writestr(zipfile.ZipInfo("b", (1980, 0, 0, 0, 0, 0)), b"")
    put(store, target.getvalue())
    assert [member.last_modified for member in members(store, "x")] == [
        datetime(2014, 1, 5, 10, 20, 31, tzinfo=UTC),
        None,
    ]


def test_folders_and_links_of_a_zip_are_known(store):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("d/", "")
        link = zipfile.ZipInfo("l")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    put(store, target.getvalue())
    assert [member.kind for member in members(store, "x")] == [MemberKind.FOLDER, MemberKind.LINK]
    assert next(members(store, "x")).is_folder


def big_zip():
    """10 MB in 3000 members: a directory of 200 KB."""
    return zipped(
        {f"folder/member-{n:06}": NOISE[n : n + 3300] for n in range(3000)}, zipfile.ZIP_STORED, b"c" * 65_000
    )


def test_a_big_zip_is_listed_with_three_ranges(store):
    data = big_zip()
    put(store, data)
    assert sum(1 for _ in members(store, "x")) == 3000
    assert len(store.asked) == 3
    assert sum(end - start for start, end in store.asked) < len(data) / 10


def test_one_member_of_a_big_zip_costs_one_range_more(store):
    put(store, big_zip())
    with open_member(store, "x", "folder/member-001500") as stream:
        assert stream.read() == NOISE[1500:4800]
    assert len(store.asked) == 4


def test_a_big_member_is_read_with_growing_ranges_in_bounded_memory(store):
    put(store, zipped({"big": bytes(40_000_000), "z": NOISE}, zipfile.ZIP_STORED))
    tracemalloc.start()
    with open_member(store, "x", "big") as stream:
        assert sum(len(piece) for piece in iter(lambda: stream.read(1 << 16), b"")) == 40_000_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(store.asked) < 20
    assert max(end - start for start, end in store.asked) == 8 << 20
    assert peak < 24 << 20


def test_a_zip_after_something_else_is_one(store):
    put(store, b"#!/bin/sh\nexit\n" * 100 + zipped(FILES))
    assert {member.name: stream.read() for member, stream in contents(store, store.stat("x"))} == FILES


def test_zip64_is_read(store, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        with made.open("big", "w", force_zip64=True) as member:
            member.write(b"content")
        for number in range(20):
            made.writestr(zipfile.ZipInfo(f"{number}"), b"")
    assert b"PK\x06\x06" in target.getvalue()
    put(store, target.getvalue())
    assert sum(1 for _ in members(store, "x")) == 21
    assert open_member(store, "x", "big").read() == b"content"


METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@pytest.mark.parametrize("method", METHODS)
def test_zips_are_unpacked_by_every_common_method(store, method):
    put(store, zipped(FILES, method))
    assert {member.name: stream.read() for member, stream in contents(store, store.stat("x"))} == FILES


@pytest.mark.parametrize(("method", "compress"), [(93, zstd.compress), (95, lzma.compress)])
def test_methods_that_zipfile_does_not_write_are_read(store, method, compress):
    put(store, repacked(TEXT, method, compress))
    assert open_member(store, "x", "a").read() == TEXT
    put(store, repacked(TEXT, method, lambda data: compress(data)[:-5]))
    with pytest.raises(DamagedError, match="'a' in 'x' is cut off"):
        open_member(store, "x", "a").read()
    put(store, repacked(TEXT, method, lambda data: compress(data[::-1])))
    with pytest.raises(CorruptError, match="'a' in 'x' is corrupt: its checksum is wrong"):
        open_member(store, "x", "a").read()


def repacked(text, method, compress):
    """A zip of one member ``a`` in a method of its own."""
    packed = compress(text)
    fields = (20, 0, method, 0, 33, zlib.crc32(text), len(packed), len(text), 1, 0)
    local = b"PK\x03\x04" + struct.pack("<5H3L2H", *fields) + b"a" + packed
    entry = b"PK\x01\x02" + struct.pack("<6H3L5H2L", 20, *fields, 0, 0, 0, 0, 0) + b"a"
    return local + entry + b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 1, 1, len(entry), len(local), 0)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, 93, 95])
def test_a_bomb_in_a_zip_is_read_in_little_memory(store, method):
    text = bytes(48 << 20)
    if method in (93, 95):
        put(
            store,
            repacked(
                text, method, zstd.compress if method == 93 else lambda data: lzma.compress(data, preset=0)
            ),
        )
    else:
        put(store, zipped({"a": text}, method))
    tracemalloc.start()
    with open_member(store, "x", "a") as stream:
        assert sum(len(piece) for piece in iter(lambda: stream.read(1 << 16), b"")) == len(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_method_that_is_not_known_is_said(store):
    data = zipped({"a": b"abc"}, zipfile.ZIP_STORED)
    put(store, data.replace(b"PK\x01\x02\x14\x03\x14\0\0\0\0\0", b"PK\x01\x02\x14\x03\x14\0\0\0\x09\0"))
    assert [member.name for member in members(store, "x")] == ["a"]
    with pytest.raises(MemberError, match="'a' in 'x' is packed by method 9, which cannot be read"):
        open_member(store, "x", "a")


def test_an_encrypted_member_is_said(store):
    data = zipped({"a": b"abc"}, zipfile.ZIP_STORED)
    put(store, data.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0"))
    with pytest.raises(MemberError, match="'a' in 'x' is encrypted"):
        open_member(store, "x", "a")


def test_a_zip_without_its_end_is_cut_off(store):
    put(store, zipped(FILES)[:-30])
    with pytest.raises(TruncatedError, match="'x' is cut off: a zip has its directory at the end"):
        list(members(store, "x"))


def test_a_member_of_a_zip_with_a_flipped_bit_is_corrupt(store):
    data = bytearray(zipped({"a": NOISE}))
    data[5000] ^= 1
    put(store, bytes(data))
    with pytest.raises(CorruptError, match="'a' in 'x' is corrupt"):
        open_member(store, "x", "a").read()


def test_a_member_of_another_size_than_the_directory_says_is_corrupt(store):
    data = zipped({"a": b"abc"}, zipfile.ZIP_STORED)
    where = data.index(b"PK\x01\x02") + 24
    assert data[where : where + 4] == struct.pack("<I", 3)
    put(store, data[:where] + struct.pack("<I", 5) + data[where + 4 :])
    with pytest.raises(CorruptError, match="'a' in 'x' is corrupt: it has not the 5 bytes"):
        open_member(store, "x", "a").read()
