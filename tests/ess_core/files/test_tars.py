"""Tar archives, plain and compressed: read in one pass, and never less than all without a word."""

import gc
import gzip
import io
import subprocess
import tarfile

import pytest

from ess_core.files.archives import MemberError, MemberKind, contents, members, open_member
from ess_core.files.damage import CorruptError, TruncatedError
from tests.ess_core.files.made import MANY, NOISE, PACK, Counting, archive, put, tarred, until_damage


@pytest.fixture
def store(tmp_path):
    return Counting(f"file://{tmp_path}")


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
    assert list(contents(store, store.stat("x"))) == []
    with pytest.raises(MemberError, match="'l' in 'x' is no file but a link"):
        open_member(store, "x", "l")


def test_big_members_of_a_plain_tar_are_skipped_and_not_read(store):
    put(store, tarred({f"{n}": bytes(2_000_000) for n in range(5)}))
    assert sum(1 for _ in members(store, "x")) == 5
    assert sum(end - start for start, end in store.asked) < 1_000_000


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


@pytest.mark.parametrize("kind", ["tar", "tgz"])
def test_no_member_of_a_tar_is_kept(store, kind):
    put(store, archive(kind, {f"{number}": b"" for number in range(300)}))
    listing = members(store, "x")
    assert sum(1 for _ in zip(range(299), listing, strict=False)) == 299
    gc.collect()  # what earlier tests left
    assert sum(isinstance(each, tarfile.TarInfo) for each in gc.get_objects()) < 5
