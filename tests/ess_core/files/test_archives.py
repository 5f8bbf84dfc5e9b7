"""Archives: what is in them, read with few requests, and said where they are damaged, locked or hostile."""

import bz2
import gc
import gzip
import io
import lzma
import random
import struct
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess_core.files import ChangedError, NoFileError
from ess_core.files.archives import MemberError, MemberKind, NotArchiveError, contents, members, open_member
from ess_core.files.damage import CorruptError, DamagedError, TruncatedError
from ess_core.files.local import Local

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACK = {
    "tar": bytes,
    "tgz": gzip.compress,
    "tar.bz2": lambda data: bz2.compress(data, 1),
    "tar.xz": lambda data: lzma.compress(data, preset=0),
    "tar.zst": zstd.compress,
}
NOISE = random.Random(2).randbytes(300_000)
MANY = {f"{n}": random.Random(n).randbytes(30_000 + n) for n in range(40)}
TEXT = b"1,2\n" * 1000
FILES = {"a/one.csv": TEXT, "empty": b"", "b/noise": NOISE, "a\nb": b"x", "é😀": b"y"}
HOSTILE = ("../../etc/passwd", "/etc/passwd", "a\x1b[31m", "C:\\x", "-rf")

every = pytest.mark.parametrize("kind", ["zip", *PACK])


class Counting(Local):
    """A folder that knows which ranges were asked for."""

    def __init__(self, url):
        super().__init__(url)
        self.asked = []
        self.etags = set()

    def open(self, key, start=0, end=None, etag=""):
        self.asked.append((start, end))
        self.etags.add(etag)
        return super().open(key, start, end, etag)


@pytest.fixture
def store(tmp_path):
    return Counting(f"file://{tmp_path}")


def zipped(files, method=zipfile.ZIP_DEFLATED, comment=b""):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, content in files.items():
            made.writestr(zipfile.ZipInfo(name, (2014, 1, 5, 10, 20, 30)), content, method)
        made.comment = comment
    return target.getvalue()


def tarred(files):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as made:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1_388_917_230
            made.addfile(info, io.BytesIO(content))
    return target.getvalue()


def archive(kind, files):
    return zipped(files) if kind == "zip" else PACK[kind](tarred(files))


def put(store, data):
    Path(store.url.removeprefix("file://"), "x").write_bytes(data)
    store.asked.clear()


@every
def test_members_are_listed_in_their_order(store, kind):
    put(store, archive(kind, FILES))
    found = list(members(store, "x"))
    assert [member.name for member in found] == list(FILES)
    assert [member.size for member in found] == [len(content) for content in FILES.values()]
    assert all(member.is_file for member in found)


@every
def test_contents_come_in_one_pass(store, kind):
    put(store, archive(kind, FILES))
    found = {member.name: stream.read() for member, stream in contents(store, "x")}
    assert found == FILES
    assert store.etags == {store.stat("x").etag}
    wanted = {
        member.name: stream.read(3) for member, stream in contents(store, "x", lambda member: member.size > 1)
    }
    assert wanted == {"a/one.csv": b"1,2", "b/noise": NOISE[:3]}


@every
def test_one_member_is_opened(store, kind):
    put(store, archive(kind, FILES))
    for name, content in FILES.items():
        with open_member(store, "x", name) as stream:
            assert stream.read(10) + stream.read() == content
    with pytest.raises(NoFileError, match="there is no 'nothing' in 'x'"):
        open_member(store, "x", "nothing")


def test_sizes_and_times_are_those_of_the_archive(store):
    put(store, zipped(FILES))
    first = next(members(store, "x"))
    assert first.packed_size < first.size / 10
    assert first.last_modified == datetime(2014, 1, 5, 10, 20, 30)  # noqa: DTZ001 - a zip names no zone
    put(store, tarred(FILES))
    first = next(members(store, "x"))
    assert (first.packed_size, first.last_modified) == (4000, datetime(2014, 1, 5, 10, 20, 30, tzinfo=UTC))
    put(store, gzip.compress(tarred(FILES)))
    assert next(members(store, "x")).packed_size is None


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


@every
@settings(max_examples=15, deadline=None)
@given(
    files=st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=120).filter(
            lambda name: not name.endswith("/")
        ),
        st.binary(max_size=2000),
        max_size=6,
    )
)
def test_any_names_and_contents_come_back(tmp_path_factory, kind, files):
    store = Counting(f"file://{tmp_path_factory.mktemp('any')}")
    put(store, archive(kind, {"first": b"", **files}))
    found = {member.name: stream.read() for member, stream in contents(store, "x")}
    assert found == {"first": b"", **files}


@every
def test_hostile_names_are_shown_as_they_are(store, kind):
    put(store, archive(kind, dict.fromkeys(HOSTILE, b"x")))
    assert [member.name for member in members(store, "x")] == list(HOSTILE)
    with open_member(store, "x", "../../etc/passwd") as stream:
        assert stream.read() == b"x"


def test_only_files_have_content(store):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as made:
        for name, kind in (
            ("d", tarfile.DIRTYPE),
            ("l", tarfile.SYMTYPE),
            ("h", tarfile.LNKTYPE),
            ("p", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            made.addfile(info)
    put(store, target.getvalue())
    kinds = [MemberKind.FOLDER, MemberKind.LINK, MemberKind.LINK, MemberKind.OTHER]
    assert [member.kind for member in members(store, "x")] == kinds
    assert list(contents(store, "x")) == []
    with pytest.raises(MemberError, match="'l' in 'x' is no file but a link"):
        open_member(store, "x", "l")


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


def test_a_small_archive_is_read_at_once(store):
    put(store, zipped({"a": b"x"}))
    assert {member.name: stream.read() for member, stream in contents(store, "x")} == {"a": b"x"}
    assert len(store.asked) == 1


def test_big_members_of_a_plain_tar_are_skipped_and_not_read(store):
    put(store, tarred({f"{n}": bytes(2_000_000) for n in range(5)}))
    assert sum(1 for _ in members(store, "x")) == 5
    assert sum(end - start for start, end in store.asked) < 1_000_000


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


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_that_is_replaced_is_no_mixture(store, kind):
    put(store, archive(kind, MANY))
    listing = contents(store, "x")
    next(listing)
    put(store, archive(kind, dict(reversed(MANY.items()))))
    with pytest.raises(ChangedError):
        list(listing)


@every
def test_an_archive_that_was_replaced_before_it_is_read_is_said(store, kind, monkeypatch):
    put(store, archive(kind, MANY))
    listed = store.stat("x")
    monkeypatch.setattr(store, "stat", lambda key: listed)
    put(store, archive(kind, dict(reversed(MANY.items()))))
    with pytest.raises(ChangedError):
        next(members(store, "x"))


def test_a_zip_after_something_else_is_one(store):
    put(store, b"#!/bin/sh\nexit\n" * 100 + zipped(FILES))
    assert {member.name: stream.read() for member, stream in contents(store, "x")} == FILES


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
    assert {member.name: stream.read() for member, stream in contents(store, "x")} == FILES


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


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no zip and no tar"),
        (b"a,b\n" * 1000, "no zip and no tar"),
        (gzip.compress(b"a,b\n" * 1000), "one gz file"),
        (gzip.compress(gzip.compress(tarred(FILES))), "one gz file"),
    ],
    ids=["nothing", "text", "gz of text", "gz of tgz"],
)
def test_what_is_no_archive_is_said(store, data, message):
    put(store, data)
    with pytest.raises(NotArchiveError, match=message):
        list(members(store, "x"))


def test_a_key_that_is_not_there_is_said(store):
    with pytest.raises(NoFileError):
        list(members(store, "nowhere"))


def until_damage(store):
    """What is read before the error, by member, and the error."""
    found = {}
    try:
        for member, stream in contents(store, "x"):
            found[member.name] = b""
            while piece := stream.read(1000):
                found[member.name] += piece
    except DamagedError as error:
        return found, error
    return found, None


@pytest.mark.parametrize("kind", PACK)
def test_a_cut_off_tar_gives_what_is_whole_and_says_so(store, kind):
    data = archive(kind, MANY)
    put(store, data[: len(data) // 2])
    found, error = until_damage(store)
    assert type(error) is TruncatedError
    assert "'x'" in error.message
    assert "is cut off" in error.message
    *before, last = found
    assert all(found[name] == MANY[name] for name in before)
    assert MANY[last].startswith(found[last])
    assert len(before) > 12


@pytest.mark.parametrize("missing", [1, 1000, 200_000])
def test_a_member_that_the_archive_ends_in_is_cut_off(store, missing):
    data = tarred({"big": NOISE})[: 512 + len(NOISE) - missing]
    for packed in (data, gzip.compress(data), gzip.compress(data)[:-5]):
        put(store, packed)
        with pytest.raises(TruncatedError, match="is cut off"):
            open_member(store, "x", "big").read()
        assert until_damage(store)[0] == {"big": NOISE[:-missing]}


def test_a_file_with_holes_is_read_with_its_holes(tmp_path, store):
    with (tmp_path / "holes").open("wb") as made:
        made.seek(3_000_000)
        made.write(b"end")
    packed = subprocess.run(
        ["tar", "-cSf", "-", "holes"], cwd=tmp_path, check=True, capture_output=True
    ).stdout
    assert len(packed) < 100_000
    for data in (packed, gzip.compress(packed)):
        put(store, data)
        assert open_member(store, "x", "holes").read() == bytes(3_000_000) + b"end"
    put(store, packed[:1300])
    assert type(until_damage(store)[1]) is TruncatedError


@pytest.mark.parametrize("kind", PACK)
def test_a_list_of_a_cut_off_tar_says_so_too(store, kind):
    data = archive(kind, MANY)
    put(store, data[: len(data) // 2])
    with pytest.raises(TruncatedError, match=r"'x'.* is cut off"):
        list(members(store, "x"))


def test_a_tar_cut_off_in_a_header_says_so(store):
    data = tarred(dict.fromkeys("abc", b"x" * 512))
    put(store, data[: 1024 + 100])
    assert until_damage(store)[0] == {"a": b"x" * 512}
    assert type(until_damage(store)[1]) is TruncatedError


def test_a_tar_with_a_bad_header_in_the_middle_is_corrupt_and_not_at_its_end(store):
    data = bytearray(tarred(dict.fromkeys("abc", b"x" * 512)))
    data[1024 + 5] ^= 1
    for packed in (bytes(data), gzip.compress(data)):
        put(store, packed)
        found, error = until_damage(store)
        assert list(found) == ["a"]
        assert type(error) is CorruptError
        assert error.message == "'x' is corrupt: tar header: bad checksum"


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_name_of_a_gigabyte_is_not_read(store, kind):
    info = tarfile.TarInfo("a")
    info.type, info.size = kind, 1 << 30
    data = info.tobuf(tarfile.GNU_FORMAT)
    for packed in (data, gzip.compress(data)):
        put(store, packed)
        with pytest.raises(CorruptError, match="'x' is corrupt: a tar header of 1073741824 bytes"):
            list(members(store, "x"))


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


DAMAGED = {
    kind: archive(kind, {"a": NOISE[:700], "b/c": b"x,y\n" * 300, "": b"1"}) for kind in ("zip", "tar", "tgz")
}


def test_a_member_of_another_size_than_the_directory_says_is_corrupt(store):
    data = zipped({"a": b"abc"}, zipfile.ZIP_STORED)
    where = data.index(b"PK\x01\x02") + 24
    assert data[where : where + 4] == struct.pack("<I", 3)
    put(store, data[:where] + struct.pack("<I", 5) + data[where + 4 :])
    with pytest.raises(CorruptError, match="'a' in 'x' is corrupt: it has not the 5 bytes"):
        open_member(store, "x", "a").read()


@settings(max_examples=100, deadline=None)
@given(kind=st.sampled_from(list(DAMAGED)), at=st.integers(0, 5000), value=st.integers(0, 255))
def test_any_damage_is_an_error_of_ours_or_none(tmp_path_factory, kind, at, value):
    store = Counting(f"file://{tmp_path_factory.getbasetemp()}")
    data = bytearray(DAMAGED[kind])
    data[at % len(data)] = value
    put(store, bytes(data))
    try:
        for member, stream in contents(store, "x"):
            assert len(stream.read()) == member.size
    except (DamagedError, MemberError, NotArchiveError):
        pass


@pytest.mark.parametrize("kind", ["tar", "tgz"])
def test_no_member_of_a_tar_is_kept(store, kind):
    put(store, archive(kind, {f"{number}": b"" for number in range(300)}))
    listing = members(store, "x")
    assert sum(1 for _ in zip(range(299), listing, strict=False)) == 299
    assert sum(isinstance(each, tarfile.TarInfo) for each in gc.get_objects()) < 5
