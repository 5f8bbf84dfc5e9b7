"""`ess file`: exact files with exact names, continued, verified, and never half there."""

import fcntl
import hashlib
import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ess_plugins.workers.files import parts
from tests.ess_core.host.terminal import Terminal
from tests.ess_plugins.workers.conftest import Crew
from tests.fixtures.sandbox import Ess
from tests.fixtures.waiting import until

Begin = Callable[[int], Crew]
HOSTILE = [
    "with blank",
    "-leading dash",
    "quotes ' and \" and `id`",
    "$(touch pwned); echo $HOME",
    "new\nline\n",
    "tab\tback\\slash\\n%s%b",
    "ünïcödé 日本",
    os.fsdecode(b"not utf-8 \xff\xfe"),
    "star * and ? and [a]",
    ".hidden",
    "x" * 255,
]
TOOLS = (
    "sh",
    "cat",
    "wc",
    "chmod",
    "mv",
    "rm",
    "mkdir",
    "find",
    "stat",
    "head",
    "tail",
    "dirname",
    "basename",
    "sleep",
)


def tree(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Every path below, with its mode, and its bytes where it is a file."""
    return {
        str(path.relative_to(folder)): (
            stat.S_IMODE(path.stat().st_mode),
            path.read_bytes() if path.is_file() else None,
        )
        for path in folder.rglob("*")
    }


@pytest.fixture
def only_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Let nodes have these programs and no others; gives the folder where they are."""

    def limit(*more: str) -> Path:
        folder = tmp_path / "tools"
        folder.mkdir()
        for name in (*TOOLS, *more):
            (folder / name).symlink_to(
                os.path.realpath(sys.executable) if name == "python3" else shutil.which(name) or ""
            )
        monkeypatch.setenv("PATH", str(folder))  # of the servers, which are in this process
        return folder

    return limit


@pytest.fixture
def hostile(ess: Ess) -> Path:
    """A folder of files with hostile names and various modes, and folders of such names too."""
    folder = ess.cwd / "hostile"
    folder.mkdir()
    for number, name in enumerate(HOSTILE):
        (folder / name).write_bytes(name.encode("utf-8", "surrogateescape") * number)
        (folder / name).chmod((0o600, 0o755, 0o640)[number % 3])
    (folder / "in $x" / "deep 'er'").mkdir(parents=True)
    (folder / "in $x" / "deep 'er'" / "empty").write_text("")
    (folder / "no files\n").mkdir(mode=0o750)
    return folder


def test_files_come_to_every_node_and_back_exactly(crew: Begin, ess: Ess, hostile: Path) -> None:
    made = crew(2)
    done = ess("file", "push", "hostile", "--dest", "a/b c")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "12 files on 2 nodes\n"
    for node in made.nodes:
        assert tree(node.home / "a/b c/hostile") == tree(hostile)
        assert not list(node.home.glob("**/pwned"))
    done = ess("file", "get", "a/b c/hostile", "--dest", "back")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "24 files of 2 nodes in back\n"
    for name in made.names:
        wanted = {path: about for path, about in tree(hostile).items() if about[1] is not None}
        came = {
            path: about
            for path, about in tree(ess.cwd / "back" / name / "a/b c/hostile").items()
            if about[1] is not None
        }
        assert came == wanted


def test_hostile_names_are_sent_and_brought_by_themselves(crew: Begin, ess: Ess) -> None:
    made = crew(1)
    for name in HOSTILE:
        (ess.cwd / name).write_bytes(os.fsencode(name))
    assert ess("file", "push", "--", *HOSTILE).returncode == 0
    done = ess("file", "get", "--dest", "back", "--", *HOSTILE)
    assert done.returncode == 0, done.stderr
    for folder in (made.nodes[0].home, ess.cwd / "back" / made.names[0]):
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
            name: os.fsencode(name) for name in HOSTILE
        }


def test_globs_here_and_there(crew: Begin, ess: Ess) -> None:
    made = crew(2)
    for name in ("a.csv", "b.csv", "c.txt"):
        (ess.cwd / name).write_text(name)
    assert ess("file", "push", "*.csv", "c.txt", "--dest", "~/in").returncode == 0
    first, second = made.nodes
    assert sorted(path.name for path in (first.home / "in").iterdir()) == ["a.csv", "b.csv", "c.txt"]
    (second.home / "in" / "b.csv").unlink()
    done = ess("file", "get", "in/[ab].*", f"{first.home}/in/c.txt", "--dest", "out")
    assert done.returncode == 0, done.stderr
    brought = {
        str(path.relative_to(ess.cwd / "out")) for path in (ess.cwd / "out").rglob("*") if path.is_file()
    }
    absolute = f"{first.home}/in/c.txt"
    assert brought == {
        f"{made.names[0]}/in/a.csv",
        f"{made.names[0]}/in/b.csv",
        f"{made.names[1]}/in/a.csv",
    } | {name + absolute for name in made.names}


def test_what_is_there_already_is_not_sent_again(crew: Begin, ess: Ess) -> None:
    (node,) = crew(1).nodes
    (ess.cwd / "file").write_text("one")
    ess("file", "push", "file")
    before = (node.home / "file").stat().st_ino
    (node.home / "file").chmod(0o400)
    assert ess("file", "push", "file").returncode == 0
    assert (node.home / "file").stat().st_ino == before
    assert stat.S_IMODE((node.home / "file").stat().st_mode) == 0o644
    (ess.cwd / "file").write_text("two")
    assert ess("file", "push", "file").returncode == 0
    assert (node.home / "file").read_text() == "two"


MB = 1 << 20
BIG = bytes(range(256)) * (4 * MB // 256)
STOPPED = 1 << 20
"""How many bytes pass before a stand-in program stops."""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Let nodes have another program of this name."""
    folder = tmp_path / "stand-ins"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def put(name: str, script: str) -> None:
        made = folder / f".{name}"
        made.write_text(f"#!/bin/sh\n{script.replace('REAL', shutil.which(name, path=os.defpath) or '')}\n")
        made.chmod(0o755)
        made.rename(folder / name)

    return put


def sum_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wait_for_size(path: Path, size: int) -> None:
    until(lambda: path.is_file() and path.stat().st_size >= size)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGKILL])
def test_what_was_sent_in_part_is_continued(
    signum: int, crew: Begin, ess: Ess, stand_in: Callable[[str, str], None]
) -> None:
    (node,) = crew(1).nodes
    (ess.cwd / "big").write_bytes(BIG)
    part = Path(parts.part(str(node.home / "big"), sum_of(BIG)))
    stand_in("cat", f"head -c {STOPPED}; exec sleep 30")
    running = ess.start("file", "push", "big")
    wait_for_size(part, STOPPED)
    running.send_signal(signum)
    running.communicate(timeout=20)
    assert not (node.home / "big").exists()
    inode = part.stat().st_ino
    stand_in("cat", 'tee "$HOME/came"')
    done = ess("file", "push", "big")
    assert done.returncode == 0, done.stderr
    assert (node.home / "big").read_bytes() == BIG
    assert (node.home / "big").stat().st_ino == inode
    assert (node.home / "came").stat().st_size == len(BIG) - STOPPED
    assert not part.exists()


def test_what_was_brought_in_part_is_continued(
    crew: Begin, ess: Ess, stand_in: Callable[[str, str], None]
) -> None:
    made = crew(1)
    (made.nodes[0].home / "big").write_bytes(BIG)
    whole = ess.cwd / made.names[0] / "big"
    part = Path(parts.part(str(whole), sum_of(BIG)))
    stand_in("tail", f'REAL "$@" | head -c {STOPPED}; exec sleep 30')
    running = ess.start("file", "get", "big")
    wait_for_size(part, STOPPED - (1 << 16))  # `head` may keep some
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=20)
    assert not whole.exists()
    have = part.stat().st_size
    stand_in("tail", 'echo "$@" >"$HOME/asked"; exec REAL "$@"')
    done = ess("file", "get", "big")
    assert done.returncode == 0, done.stderr
    assert whole.read_bytes() == BIG
    assert (made.nodes[0].home / "asked").read_text() == f"-c +{have + 1}\n"
    assert [path.name for path in whole.parent.iterdir()] == ["big"]


def test_a_part_that_was_damaged_is_sent_anew(crew: Begin, ess: Ess) -> None:
    (node,) = crew(1).nodes
    (ess.cwd / "big").write_bytes(BIG)
    Path(parts.part(str(node.home / "big"), sum_of(BIG))).write_bytes(b"\0" * STOPPED)
    done = ess("file", "push", "big")
    assert done.returncode == 0, done.stderr
    assert (node.home / "big").read_bytes() == BIG


def test_a_link_in_the_place_of_a_part_is_not_followed(crew: Begin, ess: Ess) -> None:
    (node,) = crew(1).nodes
    (ess.cwd / "file").write_text("data")
    other = node.home / "other"
    Path(parts.part(str(node.home / "file"), sum_of(b"data"))).symlink_to(other)
    assert ess("file", "push", "file").returncode == 0
    assert (node.home / "file").read_text() == "data"
    assert not (node.home / "file").is_symlink()
    assert not other.exists()


def test_data_that_arrive_otherwise_are_never_in_place(
    crew: Begin, ess: Ess, stand_in: Callable[[str, str], None]
) -> None:
    (node,) = crew(1).nodes
    (ess.cwd / "file").write_text("aaaa")
    (node.home / "file").write_text("as it was")
    stand_in("cat", "tr a b")
    done = ess("file", "push", "file")
    assert done.returncode == 1
    assert "file: its checksum there is another; it changed while it was sent" in done.stderr
    assert {path.name: path.read_text() for path in node.home.iterdir()} == {"file": "as it was"}
    stand_in("tail", 'REAL "$@" | tr s S')
    done = ess("file", "get", "file")
    assert done.returncode == 1
    assert "file: its checksum here is another; it changed while it was read" in done.stderr
    assert not [path for path in ess.cwd.rglob("*") if path.is_file() and path.name != "file"]


def test_a_full_disk_there_is_one_line(crew: Begin, ess: Ess, stand_in: Callable[[str, str], None]) -> None:
    names = crew(1).names
    (ess.cwd / "big").write_bytes(BIG)
    stand_in("cat", "exec REAL >/dev/full")
    done = ess("file", "push", "big")
    assert done.returncode == 1
    header, line, last = done.stderr.splitlines()
    assert header.split() == ["node", "problem"]
    assert line.startswith(f"{names[0]}  big: ")
    assert line.endswith("No space left on device")
    assert last == "ess: 1 of 1 node failed"


@pytest.mark.parametrize("tool", ["shasum", "openssl", "python3"])
def test_any_program_for_checksums_will_do(
    tool: str, crew: Begin, ess: Ess, only_tools: Callable[..., Path]
) -> None:
    if not shutil.which(tool):
        pytest.skip(f"no {tool} here")
    (node,) = crew(1).nodes
    only_tools(tool, *(("perl",) if tool == "shasum" else ()))
    (ess.cwd / "file").write_text("data")
    done = ess("file", "push", "file")
    assert done.returncode == 0, done.stderr
    assert (node.home / "file").read_text() == "data"
    assert ess("file", "get", "file").returncode == 0


def test_without_any_a_line_says_so(crew: Begin, ess: Ess, only_tools: Callable[..., Path]) -> None:
    crew(1)
    only_tools()
    (ess.cwd / "file").write_text("data")
    done = ess("file", "push", "file")
    assert done.returncode == 1
    assert "it has none of sha256sum, shasum, openssl and python3" in done.stderr


def test_some_nodes_that_fail_are_a_table_and_exit_3(crew: Begin, ess: Ess) -> None:
    made = crew(3)
    (made.nodes[0].home / "file").mkdir()
    made.nodes[2].stop()
    (ess.cwd / "file").write_text("data")
    done = ess("file", "push", "file")
    assert done.returncode == 3
    _, taken, refused, hint, last = done.stderr.splitlines()
    assert taken.endswith("file: a folder of this name is there")
    assert "refuses connections" in refused
    assert hint.startswith("hint: ")
    assert last == "ess: 2 of 3 nodes failed"
    assert (made.nodes[1].home / "file").read_text() == "data"


def test_two_who_send_the_same_do_not_mix(crew: Begin, ess: Ess) -> None:
    (node,) = crew(1).nodes
    (ess.cwd / "file").write_text("data")
    part = parts.part(str(node.home / "file"), sum_of(b"data"))
    with open(part, "wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        done = ess("file", "push", "file")
    assert done.returncode == 1
    assert "another ess sends it at this moment" in done.stderr


def test_a_pattern_that_matches_nothing_is_said(crew: Begin, ess: Ess) -> None:
    made = crew(2)
    done = ess("file", "get", "*.log")
    assert (done.returncode, done.stderr) == (4, "ess: nothing matches './*.log'\n".replace("./", ""))
    (made.nodes[1].home / "a.log").write_text("")
    done = ess("file", "get", "*.log")
    assert done.returncode == 3
    assert f"{made.names[0]}  nothing matches '*.log'" in done.stderr
    assert (ess.cwd / made.names[1] / "a.log").exists()


def test_a_node_cannot_have_files_written_elsewhere(crew: Begin, ess: Ess) -> None:
    (node,) = crew(1).nodes
    node.forced_command = f"printf '4 644 {sum_of(b'evil')} a/../../../evil\\0'"
    done = ess("file", "get", "a", "--dest", "deep/down")
    assert done.returncode == 1
    assert "it names a file 'a/../../../evil'" in done.stderr
    assert not list(ess.cwd.rglob("evil"))
    assert not list(ess.cwd.parent.glob("evil"))


def test_what_cannot_be_written_here_is_one_line(crew: Begin, ess: Ess) -> None:
    for node in crew(2).nodes:
        (node.home / "file").write_text("x")
    (ess.cwd / "taken").write_text("")
    done = ess("file", "get", "file", "--dest", "taken")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("ess: cannot write taken/")


def test_fifos_and_links_to_folders_are_left_out_and_named(crew: Begin, ess: Ess) -> None:
    (node,) = crew(1).nodes
    folder = ess.cwd / "folder"
    folder.mkdir()
    os.mkfifo(folder / "fifo")
    (folder / "loop").symlink_to(".")
    (folder / "file").write_text("data")
    (folder / "link").symlink_to("file")
    done = ess("file", "push", "folder")
    assert done.returncode == 0
    assert done.stderr.count("left out") == 2
    assert sorted(path.name for path in (node.home / "folder").iterdir()) == ["file", "link"]
    os.mkfifo(node.home / "folder" / "fifo")
    assert ess("file", "get", "folder").returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("push nothing-here", 4, "there is no file 'nothing-here' here"),
        ("push a/x b/x", 2, "two of the files would be 'x' there"),
        ("get ../x", 2, "'../x' leads upwards"),
        ("push", 2, "FILE"),
        ("push a/x --dest=", 2, "'' cannot be a path"),
    ],
)
def test_wrong_usage_is_said_before_any_login(
    words: str, code: int, said: str, crew: Begin, ess: Ess
) -> None:
    (node,) = crew(1).nodes
    for folder in ("a", "b"):
        (ess.cwd / folder).mkdir()
        (ess.cwd / folder / "x").write_text("")
    done = ess("file", *words.split())
    assert done.returncode == code
    assert said in done.stderr
    assert node.connections == 0


def test_mkdir_makes_folders_with_those_above(crew: Begin, ess: Ess) -> None:
    made = crew(2)
    assert ess("file", "mkdir", "a/b c/$x", "~/d", "a").returncode == 0
    assert all((node.home / "a/b c/$x").is_dir() and (node.home / "d").is_dir() for node in made.nodes)
    (made.nodes[0].home / "file").write_text("")
    done = ess("file", "mkdir", "file", "other")
    assert done.returncode == 3
    assert "File exists" in done.stderr
    assert (made.nodes[0].home / "other").is_dir()


def test_a_terminal_shows_how_far_it_is(crew: Begin, ess: Ess, stand_in: Callable[[str, str], None]) -> None:
    crew(1)
    (ess.cwd / "big").write_bytes(BIG * 3)
    stand_in("cat", "sleep 2.2; exec REAL")
    shown = Terminal("file", "push", "big", env=ess.env, cwd=ess.cwd)
    assert shown.end() == 0
    assert "MiB sent" in shown.shown
    assert "12/12" in shown.shown


def test_files_come_to_workers_of_a_cluster(cluster: list[str], homes: list[Path], ess: Ess) -> None:
    (ess.cwd / "file").write_text("data")
    assert ess("file", "push", "file").returncode == 0
    assert [(home / "file").read_text() for home in homes] == ["data", "data"]
    assert ess("file", "get", "f*", "--dest", "out").returncode == 0
    assert sorted(path.parent.name for path in (ess.cwd / "out").glob("*/file")) == sorted(cluster)
