"""Archives made for the tests, and the folder they are put in."""

import bz2
import gzip
import io
import lzma
import random
import sys
import tarfile
import zipfile
from pathlib import Path

from ess_core.files.archives import contents
from ess_core.files.damage import DamagedError
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


def until_damage(store):
    """What is read before the error, by member, and the error."""
    found = {}
    try:
        for member, stream in contents(store, store.stat("x")):
            found[member.name] = b""
            while piece := stream.read(1000):
                found[member.name] += piece
    except DamagedError as error:
        return found, error
    return found, None
