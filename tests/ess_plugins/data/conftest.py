"""Folders and buckets with the same files, selected."""

import gzip
import io
import itertools
import os
import zipfile

import pytest

from ess_core.host import progress
from ess_core.tables import preparing
from ess_plugins.data.commands import query, streamed

NUMBERS = itertools.count()


def archive():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr(zipfile.ZipInfo("a.csv", (2026, 1, 2, 3, 4, 6)), "1,2\n")
        file.writestr(zipfile.ZipInfo("in/b.csv", (2026, 1, 2, 3, 4, 6)), "3\n")
    return made.getvalue()


FILES = {
    "archive.zip": archive(),
    "logs/2014-01-31.csv.gz": gzip.compress(b"one\n"),
    "logs/2014-02-01.csv.gz": gzip.compress(b"two\n"),
    "logs/old/2013.txt": b"three\n",
    "raw": bytes(range(256)),
    "tab\there": b"",
}
"""In the order of their keys."""


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Nothing takes so long that ``here`` says how far it is, however busy the machine."""
    for module in (progress, query, streamed):
        monkeypatch.setattr(module, "PATIENCE_S", float("inf"))
    monkeypatch.setattr(preparing, "_PATIENCE_S", float("inf"))


@pytest.fixture
def folder(ess):
    """A folder of this machine with FILES, all of one time."""
    where = ess.cwd / "data"
    for key, body in FILES.items():
        path = where / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        os.utime(path, (1_767_323_046, 1_767_323_046))
    return where


@pytest.fixture
def local(here, folder):
    """The folder, selected; returns ``here``."""
    assert here("select", "local", folder).returncode == 0
    return here


@pytest.fixture
def bucket(sandbox):
    """A bucket of its own with FILES below ``in/``, and one file outside."""
    s3, name = sandbox.client("s3"), f"data-{next(NUMBERS)}"
    s3.create_bucket(Bucket=name)
    keys = {f"in/{key}": body for key, body in FILES.items()} | {"outside": b""}
    for key, body in keys.items():
        s3.put_object(Bucket=name, Key=key, Body=body)
    yield name
    for key in keys:
        s3.delete_object(Bucket=name, Key=key)
    s3.delete_bucket(Bucket=name)


@pytest.fixture(params=["local", "bucket"])
def anywhere(request, sandbox, here):
    """FILES selected in a folder, then in a folder of a bucket; returns ``here``."""
    where = request.getfixturevalue("folder" if request.param == "local" else "bucket")
    words = ("local", where) if request.param == "local" else (f"s3://{where}/in",)
    done = here("select", *words)
    assert done.returncode == 0, done.stderr
    return here
