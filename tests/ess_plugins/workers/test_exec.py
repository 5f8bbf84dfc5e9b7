"""`ess exec`: whole lines with their node, failures in a table, and nothing that outlives ess."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ess_core.host.terminal import Terminal
from tests.ess_plugins.workers.conftest import Crew
from tests.fixtures.processes import alive
from tests.fixtures.sandbox import ESS, Ess
from tests.fixtures.waiting import until

Begin = Callable[[int], Crew]


def test_every_line_has_its_node_and_goes_where_the_command_wrote_it(crew: Begin, ess: Ess) -> None:
    names = crew(3).names
    done = ess("exec", "echo out; echo err >&2; printf 'no end'")
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == sorted(
        f"{name}: {line}" for name in names for line in ("out", "no end")
    )
    assert sorted(done.stderr.splitlines()) == sorted(f"{name}: err" for name in names)


def test_lines_are_never_mixed_however_they_are_written_and_read(crew: Begin, ess: Ess) -> None:
    crew(3)
    pieces = "for i in $(seq 300); do printf aaaaaaaa; printf bbbbbbbb; echo cccc; done"
    many = "yes aaaaaaaabbbbbbbbcccc | head -n 8000"
    running = ess.start("exec", f"({pieces}; {many}) & ({pieces}; {many}) >&2; wait")
    time.sleep(1.5)  # until nobody can write, whoever is in the middle of a line
    out, err = (said.splitlines() for said in running.communicate(timeout=60))
    assert (len(out), len(err)) == (24_900, 24_900)
    assert all(re.fullmatch(r"ec2-user@[\d.:]+: a{8}b{8}cccc", line) for line in [*out, *err])


def test_some_that_fail_are_a_table_and_exit_3(crew: Begin, ess: Ess) -> None:
    made = crew(3)
    made.nodes[1].stop()
    first = made.nodes[0].home.name
    done = ess(
        "exec", f"echo first >&2; [ $(basename $HOME) != {first} ] || {{ echo 'it is\tbad' >&2; exit 7; }}"
    )
    assert done.returncode == 3
    *_, header, bad, dead, hint, last = done.stderr.splitlines()
    width = max(len(name) for name in made.names[:2])
    assert header.split() == ["node", "exit", "code", "end", "of", "stderr"]
    assert bad == f"{made.names[0]:{width}}          7  it is\\tbad"
    assert dead.startswith(
        f"{made.names[1]:{width}}             {made.nodes[1].host}:{made.nodes[1].port} refuses"
    )
    assert hint.startswith("hint: a node that has just started")
    assert last == "ess: 2 of 3 nodes failed"


def test_when_all_fail_the_exit_code_is_1(crew: Begin, ess: Ess) -> None:
    crew(2)
    done = ess("exec", "kill -KILL $$")
    assert done.returncode == 1
    assert done.stderr.count(" 137") == 2
    assert done.stderr.endswith("ess: 2 of 2 nodes failed\n")


def test_without_workers_a_line_says_what_to_do(ess: Ess) -> None:
    done = ess("exec", "true")
    assert done.returncode == 4
    first, second = done.stderr.splitlines()
    assert first == "ess: there are no workers: work runs on this machine"
    assert second.startswith("hint: `ess instance ec2 create`")


def test_master_is_this_machine_and_asks_no_worker(crew: Begin, ess: Ess) -> None:
    made = crew(1)
    done = ess("exec", "--master", "pwd; cat; exit 5")
    assert (done.returncode, done.stdout) == (1, f"this machine: {ess.cwd}\n")
    assert made.nodes[0].connections == 0


@pytest.mark.parametrize("command", ["", "  "])
def test_an_empty_command_is_wrong_usage(command: str, ess: Ess) -> None:
    assert ess("exec", command).returncode == 2


@pytest.mark.parametrize(
    "command", ["echo 'a b' \"$((1+1))\" \\; é\necho two", "printf 'x%s\\n' \udcff | od -An -tx1"]
)
def test_a_command_reaches_the_shell_as_it_was_typed(command: str, crew: Begin, ess: Ess) -> None:
    names = crew(1).names
    wanted = subprocess.run(["sh", "-c", command], capture_output=True, check=True, text=True).stdout
    done = ess("exec", command)
    assert done.stdout == "".join(f"{names[0]}: {line}\n" for line in wanted.splitlines()), done.stderr


def test_out_has_two_files_for_each_node_and_prints_nothing(crew: Begin, ess: Ess) -> None:
    made = crew(2)
    for _ in range(2):  # a second time writes them anew
        done = ess("exec", "printf 'a\\0b'; echo err >&2", "--out", "new/folder")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "the output is in new/folder\n")
    written = {path.name: path.read_bytes() for path in (ess.cwd / "new/folder").iterdir()}
    assert written == {
        f"{name}.{ending}": data
        for name in made.names
        for ending, data in (("out", b"a\0b"), ("err", b"err\n"))
    }


def test_out_that_cannot_be_written_ends_it_with_one_line(crew: Begin, ess: Ess) -> None:
    crew(2)
    (ess.cwd / "taken").write_text("")
    done = ess("exec", "echo x", "--out", "taken/folder")
    assert done.returncode == 1
    assert done.stderr == "ess: cannot write taken/folder: Not a directory\n"


def test_a_command_is_ended_when_its_time_is_up(crew: Begin, ess: Ess) -> None:
    crew(1)
    done = ess("exec", "echo begun; sleep 600", "--timeout", "0.5")
    assert done.returncode == 1
    assert done.stdout.endswith(": begun\n")
    assert "its 0.5 s were up, so it was ended" in done.stderr


def test_debug_says_which_node_ran_what(crew: Begin, ess: Ess) -> None:
    made = crew(2)
    done = ess("exec", "exit 3", "--debug")
    for name, node in zip(made.names, made.nodes, strict=True):
        assert re.search(
            rf"^{re.escape(name)} \({node.host}:{node.port}\): exit code 3 after .* s: exit 3$",
            done.stderr,
            re.M,
        )


def test_colours_are_for_terminals_only(crew: Begin, ess: Ess) -> None:
    names = crew(2).names
    shown = Terminal("exec", "echo hello", env=ess.env, cwd=ess.cwd)
    assert shown.end() == 0
    assert f"\x1b[36m{names[0]}:\x1b[m hello" in shown.shown
    assert f"\x1b[33m{names[1]}:\x1b[m hello" in shown.shown
    plain = Terminal("exec", "echo hello", env={**ess.env, "NO_COLOR": "1"}, cwd=ess.cwd)
    assert plain.end() == 0
    assert "\x1b[3" not in plain.shown


def test_endless_output_takes_bounded_memory(crew: Begin, ess: Ess) -> None:
    crew(2)
    code = (
        "import resource, subprocess, sys\n"
        "ran = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)\n"
        "for _ in range(1200): ran.stdout.read(1 << 16)\n"
        "ran.stdout.close(); code = ran.wait()\n"
        "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)"
    )
    endless = "tr '\\0' x </dev/zero & yes abcdefghijklmnopqrstuvwxyz"  # one stream in lines, one without any
    done = subprocess.run(
        [sys.executable, "-c", code, ESS, "exec", endless],
        env=ess.env,
        cwd=ess.cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    exit_code, peak_mb = map(int, done.stdout.split())
    assert exit_code == 141
    assert peak_mb < 130


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_runs_on_workers_ends_with_ess(
    signum: int, cluster: list[str], homes: list[Path], ess: Ess
) -> None:
    running = ess.start("exec", "trap '' INT HUP; sh -c 'echo $$ > pid; sleep 300; true' & sleep 300")
    until(lambda: all((home / "pid").is_file() and (home / "pid").read_text().strip() for home in homes))
    running.send_signal(signum)
    running.communicate(timeout=20)
    assert running.returncode == (-signum if signum == signal.SIGKILL else 128 + signum)
    pids = [int((home / "pid").read_text()) for home in homes]
    until(lambda: not any(alive(pid) for pid in pids))


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGKILL])
def test_what_runs_on_this_machine_ends_with_ess(signum: int, ess: Ess) -> None:
    running = ess.start("exec", "--master", "echo $$ > pid; sleep 300; true")
    pid = ess.cwd / "pid"
    until(lambda: pid.is_file() and pid.read_text().strip() != "")
    running.send_signal(signum)
    running.communicate(timeout=20)
    until(lambda: not alive(int(pid.read_text())))


def test_a_command_that_will_not_end_is_killed(ess: Ess) -> None:
    running = ess.start("exec", "--master", "trap '' TERM; echo $$ > pid; while :; do sleep 1; done")
    pid = ess.cwd / "pid"
    until(lambda: pid.is_file() and pid.read_text().strip() != "")
    os.kill(running.pid, signal.SIGTERM)
    running.communicate(timeout=20)
    until(lambda: not alive(int(pid.read_text())))


def test_what_a_command_leaves_running_stays(ess: Ess) -> None:
    done = ess("exec", "--master", "sleep 600 >/dev/null 2>&1 & echo $!")
    pid = int(done.stdout.split()[-1])
    assert alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_s3out_has_two_files_of_a_datastore_for_each_node(crew: Begin, ess: Ess) -> None:
    made = crew(2)
    done = ess("exec", "echo out; exit 2", "--s3out", f"file://{ess.cwd}/made/by/exec/")
    assert (done.returncode, done.stdout) == (1, "")
    written = {path.name: path.read_text() for path in (ess.cwd / "made/by/exec").iterdir()}
    assert written == {
        f"{name}.{end}": text for name in made.names for end, text in (("out", "out\n"), ("err", ""))
    }


def test_workers_that_do_not_run_are_named_and_left_out(cluster: list[str], ess: Ess) -> None:
    assert ess("instance", "ec2", "stop", cluster[0], "--wait").returncode == 0
    done = ess("exec", "echo here")
    assert (done.returncode, done.stdout) == (0, f"{cluster[1]}: here\n")
    assert f"left out, as they are not running: {cluster[0]}" in done.stderr


def test_many_nodes_need_no_higher_limit_of_open_files(crew: Begin, ess: Ess) -> None:
    crew(6)
    limited = f"ulimit -Sn 24; exec {ESS} exec hostname --out here"
    done = subprocess.run(
        ["sh", "-c", limited], env=ess.env, cwd=ess.cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
