"""Texts that go through a shell command before they are cleaned."""

import gzip
import os
from dataclasses import replace

import pytest

from ess_core.files.damage import BadFileError
from ess_core.files.local import Local
from ess_core.tables.cache.key import Keys
from ess_core.tables.cleaning.cleaning import clean
from ess_core.tables.columnspec import parse
from ess_core.tables.extraction import Extraction
from ess_core.tables.parts import CleanTask, Recipe
from ess_core.tables.reading.sources import beginning
from ess_core.tables.sniffing.sniffing import SAMPLE_BYTES, sniff
from tests.ess_core.files.made import zipped
from tests.ess_core.tables.cleaning.test_cleaning import SPEC, TABLE, WANTED
from tests.ess_core.tables.cleaning_setup import result, task
from tests.ess_core.tables.made import text


def done(folder, data, command, spec=SPEC, **options):
    """The file's rows, with the dialect that is found in what the command makes of it."""
    (folder / "file").write_bytes(data)
    store = Local(f"file://{folder}")
    file = store.stat("file")
    through = Extraction(preprocess=command)
    head = beginning(store, file, SAMPLE_BYTES, through)
    recipe = Recipe(sniff(head.text, whole=head.whole).dialect, parse(spec))
    return result(clean(CleanTask(store, file, recipe, str(folder / "parts"), "x", through, **options)))


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, lambda data: zipped({"a": data})], ids=["plain", "gz", "zip"]
)
def test_each_decompressed_text_goes_through_the_command(tmp_path, pack):
    data = text(200, "\t").replace(".", "!").encode()
    assert done(tmp_path, pack(data), "tr '!\\t' '.;'").rows == WANTED


def test_each_member_has_its_own_command(tmp_path):
    found = done(tmp_path, zipped({"a": TABLE, "b": TABLE}), "sed 1d | head -2", "S:ts I:u I:a F:p S:c")
    assert [part.rows_kept for part in found.parts] == [2, 2]
    assert found.rows == WANTED[:2] * 2


@pytest.mark.parametrize("command", ["cat; echo so >&2; exit 3", "cat | (cat; echo so >&2; exit 3)"])
def test_a_command_that_fails_makes_the_file_fail(tmp_path, command):
    with pytest.raises(BadFileError) as caught:
        done(tmp_path, TABLE, command)
    assert caught.value.message == "'file' fails in preprocess: the command ended with code 3: so"
    (tmp_path / "file").write_bytes(TABLE)
    with pytest.raises(BadFileError, match="code 3: so"):
        clean(replace(task(tmp_path, "file", SPEC), extraction=Extraction(preprocess=command)))
    assert os.listdir(tmp_path / "parts") == []


def test_the_command_is_told_of_the_file(tmp_path):
    tell = 'echo "1|$ESS_FILE|$ESS_PATH|$ESS_DATE|$ESS_COLS|%file"; cat > /dev/null'
    found = done(tmp_path, TABLE, tell, "I:n S:a S:b S:c S:d S:e", date="2014-01-31")
    assert found.rows == [(1, "file", f"{tmp_path}/file", "2014-01-31", "I:n S:a S:b S:c S:d S:e", "file")]


def test_a_sample_of_endless_output_ends_the_command(tmp_path):
    (tmp_path / "file").write_bytes(b"x\n")
    store = Local(f"file://{tmp_path}")
    endless = Extraction(preprocess=f"echo $$ > {tmp_path}/pid; exec yes 1,2")
    head = beginning(store, store.stat("file"), 1000, endless)
    assert (head.text, head.whole) == (b"1,2\n" * 250, False)
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_follows_data_that_is_cut_off_is_still_known(tmp_path):
    packed = gzip.compress(text(5000).encode())
    found = done(tmp_path, packed[: len(packed) // 2], "cat")
    assert found.rows[:200] == WANTED
    assert "is cut off" in found.parts[0].damage


def test_parts_are_those_of_a_command_and_the_date_it_is_told(tmp_path):
    (tmp_path / "file").write_bytes(TABLE)
    plain = task(tmp_path, "file", SPEC)
    through = replace(plain, extraction=Extraction(preprocess="cat"))
    keys = {
        Keys(plain).of(plain.file),
        Keys(through).of(plain.file),
        Keys(replace(plain, extraction=Extraction(preprocess="tac"))).of(plain.file),
        Keys(through).of(plain.file, "2014-01-31"),
    }
    assert len(keys) == 4
