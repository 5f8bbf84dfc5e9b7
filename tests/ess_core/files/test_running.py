"""Commands over bytes: what they are told, what comes out, how they fail, and that they end."""

import io
import os
import pickle
import threading

import pytest

from ess_core.errors import EssError
from ess_core.files import running
from ess_core.files.commandline import NOTHING, About
from ess_core.files.damage import CorruptError, TruncatedError
from ess_core.files.running import CommandError, feed, piped
from ess_core.files.streams import chunks, streamed
from tests.fixtures.processes import alive
from tests.fixtures.waiting import until

MUCH = b"0123456789abcde\n" * 200_000


@pytest.fixture
def fed(tmp_path):
    def run(command, source=b"", about=NOTHING):
        with open(tmp_path / "out", "w+b") as output:
            feed(command, chunks(io.BytesIO(source) if isinstance(source, bytes) else source), output, about)
            output.seek(0)
            return output.read()

    return run


def read(command, source=b"", about=NOTHING):
    source = io.BytesIO(source) if isinstance(source, bytes) else source
    with piped(command, source, about) as stream:
        return stream.read()


@pytest.fixture(params=["feed", "piped"])
def run(request, fed):
    return fed if request.param == "feed" else read


def broken(error, *pieces):
    def each():
        yield from pieces
        raise error

    return streamed(each(), lambda: None)


def test_a_command_gets_all_of_the_source_and_all_it_writes_is_there(run):
    assert run("tr 0-9a-f A-P", MUCH) == MUCH.translate(
        bytes.maketrans(b"0123456789abcdef", b"ABCDEFGHIJKLMNOP")
    )


def test_it_knows_the_file_from_its_environment(run):
    about = About("a b'; rm *", "s3://x/a b'; rm *", "2014-01-31", "S:a I:b")
    assert run('echo "$ESS_FILE|$ESS_PATH|$ESS_DATE|$ESS_COLS"', about=about).decode().strip() == (
        "a b'; rm *|s3://x/a b'; rm *|2014-01-31|S:a I:b"
    )


def test_a_key_that_is_no_utf8_arrives_as_its_bytes(run):
    assert (
        run('printf %s "$ESS_FILE"', about=About(b"\xff.csv".decode("utf-8", "surrogateescape")))
        == b"\xff.csv"
    )


def test_plain_words_are_put_into_the_command(run):
    about = About("logs/a-1.gz", "s3://bucket/logs/a-1.gz", "2014-01-31T1000", "S:a,I:b F:c")
    assert run("echo %file %path %date '%cols' %files %%x", about=about).decode().split() == [
        "logs/a-1.gz", "s3://bucket/logs/a-1.gz", "2014-01-31T1000", "S:a,I:b", "F:c", "%files", "%%x",
    ]  # fmt: skip


def test_what_is_put_in_is_not_looked_at_again():
    assert About(columns="S:a", date="2014").put_into("%cols%date") == "S:a2014"


@pytest.mark.parametrize(
    "name", ["a b", "a;b", "$(id)", "`id`", "-rf", "a\nb", "a'b", 'a"b', "a%date", "*", "ü"]
)
@pytest.mark.parametrize(("word", "variable"), [("file", "FILE"), ("path", "PATH"), ("date", "DATE")])
def test_a_word_that_a_shell_could_misread_is_not_put_in_and_the_way_out_is_said(name, word, variable):
    about = About(**{word: name})
    with pytest.raises(EssError) as caught:
        about.put_into(f"cat %{word}")
    assert caught.value.hint == f'write "$ESS_{variable}" in its place'
    assert about.put_into("cat") == "cat", "who does not use it need not care"


@pytest.mark.parametrize("columns", ["S:a;id", "S:a\nI:b", "S:$a", "S:a/b", "S:é"])
def test_columns_that_a_shell_could_misread_are_not_put_in(columns):
    with pytest.raises(EssError, match="%cols cannot"):
        About(columns=columns).put_into("awk %cols")


@pytest.mark.parametrize("command", ["head -1", "true", "cat | head -1", "exec head -1"])
def test_a_command_that_does_not_read_everything_has_not_failed(run, command):
    assert run(command, MUCH) in (MUCH[:16], b"")


def test_a_command_that_fails_says_its_code_and_the_end_of_its_stderr(run):
    with pytest.raises(CommandError) as caught:
        run("seq 100000 >&2; echo the end >&2; exit 9")
    assert caught.value.message == "the command ended with code 9: the end"
    assert caught.value.code == 9
    assert caught.value.stderr.endswith("99999\n100000\nthe end")
    assert len(caught.value.stderr) <= 4096
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.message, again.code, again.stderr) == (caught.value.message, 9, caught.value.stderr)


def test_a_long_line_is_repeated_only_in_part(run):
    with pytest.raises(CommandError) as caught:
        run("seq 2000 | tr -d '\\n' >&2; exit 1")
    assert len(caught.value.message) < 400


def test_any_part_of_a_pipeline_may_fail(run):
    with pytest.raises(CommandError, match="ended with code 3"):
        run("(cat; exit 3) | cat", MUCH)


def test_a_command_that_is_killed_says_by_what(run):
    with pytest.raises(CommandError, match="was killed by SIGKILL"):
        run("kill -9 $$", MUCH)


def test_a_stream_gives_what_the_command_wrote_before_it_failed():
    with piped("echo one; exit 4", io.BytesIO()) as stream:
        assert stream.read(100) == b"one\n"
        with pytest.raises(CommandError):
            stream.read(1)


def test_a_source_that_is_cut_off_gives_what_it_has_and_says_so():
    with piped("sed s/one/two/", broken(TruncatedError("it is cut off"), b"one\n")) as stream:
        assert stream.read(100) == b"two\n"
        with pytest.raises(TruncatedError):
            stream.read(1)


def test_a_source_that_is_corrupt_ends_the_command(run, tmp_path):
    with pytest.raises(CorruptError):
        run(f"trap '' TERM; cat; echo $$ > {tmp_path}/pid", broken(CorruptError("bad"), MUCH))


def test_a_command_does_not_take_what_it_got_of_a_broken_source_for_all(fed, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "GRACE_S", 0.3)
    with pytest.raises(CorruptError):
        fed(f"trap '' TERM; cat; touch '{tmp_path}/whole'", broken(CorruptError("bad"), b"one\n"))
    assert not (tmp_path / "whole").exists()


def test_what_a_shell_does_not_wait_for_is_waited_for(run):
    assert run("cat > >(sleep 0.2; cat)", b"all\n") == b"all\n"


def test_closing_the_stream_early_ends_the_command_with_all_it_started(tmp_path):
    pids = tmp_path / "pids"
    command = f"sleep 600 & echo $! $$ > {pids}.new; mv {pids}.new {pids}; cat; wait"
    with piped(command, io.BytesIO(MUCH)) as stream:
        assert stream.read(16) == MUCH[:16]
        until(pids.exists)
    until(lambda: not any(alive(int(pid)) for pid in pids.read_text().split()))


def test_a_command_that_is_ended_can_clean_up(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "GRACE_S", 60)
    with piped(f"trap 'touch {tmp_path}/cleaned' TERM; echo 1; sleep 600 & wait", io.BytesIO()) as stream:
        stream.read1(1)
    assert (tmp_path / "cleaned").exists()


def test_a_command_that_ignores_sigterm_ends_too(tmp_path):
    with piped("trap '' TERM; echo $$; sleep 600", io.BytesIO(MUCH)) as stream:
        pid = int(stream.read1(100))
    assert not alive(pid)


def test_an_interrupt_ends_the_command(fed, tmp_path):
    def each():
        until((tmp_path / "pid").exists)
        raise KeyboardInterrupt
        yield b""

    with pytest.raises(KeyboardInterrupt):
        fed(f"cd '{tmp_path}'; echo $$ > new; mv new pid; sleep 600", streamed(each(), lambda: None))
    assert not alive(int((tmp_path / "pid").read_text()))


def test_no_thread_and_no_descriptor_is_left(run):
    run("cat", MUCH)
    threads, handles = threading.active_count(), len(os.listdir("/proc/self/fd"))
    run("cat", MUCH)
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == handles


def test_without_bash_that_is_said(run, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EssError, match="the command cannot be run: No such file"):
        run("cat")


def test_a_name_that_no_variable_can_hold_is_an_error(run):
    with pytest.raises(EssError, match="the command cannot be run"):
        run("cat", about=About("a\0b"))
