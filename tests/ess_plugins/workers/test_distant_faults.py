"""What is killed or hangs on workers that are real processes behind real SSH: exact output, or a way on."""

import signal
import subprocess
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest

from ess_core.files import leases
from ess_plugins.workers import tunnel
from tests.ess_plugins.workers.days import DAYS
from tests.ess_plugins.workers.happenings import ALL, ONE, command, go_on, happening, written
from tests.fixtures.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

AGAIN = "the workers cannot be reached any more: connecting anew\n"
SILENT_S = (tunnel.KEEPALIVES_MISSED + 2) * tunnel.KEEPALIVE_S
OUT = ("--out", "out")


def stream(distant, ess, what):
    """Each file is counted; something happens to one of them, once."""
    with happening(ess, 1, what):
        return distant.here("stream", "days", "*", "*", command(ess, times=1), *OUT)


def exact(done, ess):
    """It was done as if nothing had happened."""
    assert (done.returncode, written(ess)) == (0, ALL), done.stderr
    assert done.stderr.endswith("8 files written to out\n")


def test_a_worker_whose_process_is_killed_costs_nothing(distant, ess):
    done = stream(distant, ess, lambda pid, _home: distant.kill_dask(pid))
    exact(done, ess)
    assert AGAIN not in done.stderr


def test_a_cut_tunnel_is_made_anew(distant, ess):
    cuts = []
    done = stream(distant, ess, lambda *_: cuts.append(distant.cut()))
    exact(done, ess)
    assert cuts[0] > 0
    assert done.stderr.startswith(AGAIN)


def test_a_tunnel_that_falls_silent_is_made_anew(distant, ess):
    """Nothing is refused or closed: no packet comes any more, for longer than is waited."""

    def silence(*_):
        with distant.ssh_stopped():
            time.sleep(SILENT_S)

    done = stream(distant, ess, silence)
    exact(done, ess)
    assert done.stderr.startswith(AGAIN)


def test_an_instance_that_goes_costs_nothing(distant, ess):
    """Whichever has it: where that has the scheduler, the engine is started anew on the other one."""
    done = stream(distant, ess, lambda _pid, home: distant.terminate(home.parent.name))
    exact(done, ess)


def test_the_node_of_the_scheduler_may_go(distant, ess):
    before = distant.with_scheduler
    done = stream(distant, ess, lambda *_: distant.terminate(before))
    exact(done, ess)
    assert done.stderr.startswith(AGAIN)
    assert distant.live == [distant.with_scheduler] != [before]


def test_a_query_is_exact_though_the_node_of_the_scheduler_goes(distant, ess):
    distant.add(
        *("slow", "logs/*", "--columnspec", "S:day I:line"),
        *("--preprocess", command(ess, times=1, then="cat")),
    )
    with happening(ess, 1, lambda *_: distant.terminate(distant.with_scheduler)):
        done = distant.here("query", "select count(*), sum(line) from slow", "-f", "tsv")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].split() == ["36", str(sum(n * (n + 1) // 2 for n in range(8)))]


def test_a_load_is_exact_though_the_node_of_the_scheduler_goes(warehouse, distant, ess):
    slow = command(ess, times=1, then="cat")
    distant.add("slow", "logs/*", "--columnspec", "S:day I:line", "--preprocess", slow)
    warehouse.sql("create table distant (day varchar(16), line bigint, _file_id bigint)")
    before = warehouse.staged
    try:
        with happening(ess, 1, lambda *_: distant.terminate(distant.with_scheduler)):
            done = distant.here("redshift", "stream", "slow", "*", "*", "distant", "-f", "ndjson")
        assert done.returncode == 0, done.stderr
        assert AGAIN in done.stderr
        assert len(done.stdout.splitlines()) == 4, "the lines that are no rows"
        found = warehouse.sql(
            "select day, count(*), count(distinct _file_id) from distant group by 1 order by 1"
        )
        assert found == [(day, number + 1, 1) for number, day in enumerate(DAYS)]
    finally:
        warehouse.sql("drop table distant")
    assert warehouse.staged == before, done.stderr


def test_where_all_instances_go_the_rest_can_be_gone_on_with(distant, ess):
    def all_go(*_):
        for name in distant.pair.ids:
            distant.terminate(name)

    done = stream(distant, ess, all_go)
    assert done.returncode == 3, done.stderr
    assert "ess: warning: the workers are lost: " in done.stderr
    for name, text in written(ess).items():
        assert ALL[name] == text
    assert distant.here("instance", "local").returncode == 0
    assert go_on(distant, done).returncode == 0
    assert written(ess) == ALL


def test_a_command_that_hangs_can_be_given_an_end_and_its_file_be_gone_on_with(distant, ess):
    bounded = f"timeout 2 bash -c 'test %date = {ONE} -a ! -e {ess.cwd}/go && sleep 1000; wc -l'"
    done = distant.here("stream", "days", "*", "*", bounded, *OUT)
    assert done.returncode == 3
    assert f"'logs/{ONE}.csv': the command ended with code 124" in done.stderr
    assert written(ess) == {name: text for name, text in ALL.items() if ONE not in name}
    (ess.cwd / "go").touch()
    assert go_on(distant, done).returncode == 0
    assert written(ess) == ALL


def test_a_command_that_hangs_ends_where_another_one_fails_with_quitonerror(distant, ess):
    """The first file fails once the other one has begun to hang; going on, neither does."""
    began = f"{ess.cwd}/began.*"
    first = f"test -e {ess.cwd}/go || {{ until ls {began}; do sleep 0.2; done; exit 9; }}"
    mixed = f"if test %date = {DAYS[0]}; then {first}; fi >&2; {command(ess, times=1)}"
    with happening(ess, 1, lambda *_: None):
        words = ("stream", "days", "*", "*", mixed, *OUT, "--quitonerror", "--threads", "4")
        done = distant.here(*words)
    assert done.returncode == 3, done.stderr
    assert f"'logs/{DAYS[0]}.csv': the command ended with code 9" in done.stderr
    (ess.cwd / "go").touch()
    assert go_on(distant, done).returncode == 0
    assert written(ess) == ALL


@pytest.mark.parametrize("words", [("stream",), ("query",)], ids=lambda words: words[0])
def test_ctrl_c_ends_what_hangs(distant, ess, words):
    hanging = command(ess, times=1, then="cat")
    distant.add("slow", "logs/*", "--columnspec", "S:day I:line", "--preprocess", hanging)
    whole = {
        "stream": ("stream", "days", "*", "*", hanging),
        "query": ("query", "select count(*) from slow"),
    }[words[0]]
    run = ess.start(*whole, env={"ESS_CONF": distant.conf})
    with happening(ess, 1, lambda *_: run.send_signal(signal.SIGINT)):
        _, said = run.communicate()
    assert run.returncode == 130, said


def test_a_master_that_is_killed_leaves_nothing_running_and_is_gone_on_with(distant, ess, monkeypatch):
    words = ("stream", "days", "*", "*", command(ess, times=1), *OUT)
    run = ess.start(*words, env={"ESS_CONF": distant.conf})

    def kill(*_):
        run.kill()

    with happening(ess, 1, kill):
        run.wait()
    until(lambda: not distant.at_work())
    until(lambda: not distant.left())
    for name, text in written(ess).items():
        assert ALL[name] == text, "what is there is whole"
    monkeypatch.setattr(leases, "LASTS", timedelta(0))  # that of the killed one is over
    done = distant.here(*words)
    exact(done, ess)


@pytest.fixture
def full(distant):
    """The disk of each node has no room for more than a file or two."""
    with ExitStack() as mounted:
        for home in distant.pair.homes:
            folder = home / ".ess" / "cache" / "in-use"
            folder.mkdir(parents=True, exist_ok=True)
            made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "none", folder])
            if made.returncode:
                pytest.skip("only root can make a small disk")
            mounted.callback(subprocess.run, ["umount", "-l", folder], check=True)
        yield mounted


@pytest.mark.parametrize("large", ["head -c 1000000 /dev/zero", ""], ids=["command", "file"])
def test_a_full_disk_costs_its_file_which_can_be_gone_on_with(distant, ess, full, large):
    distant.put(f"logs/{ONE}.csv", bytes(1_000_000))
    words = f"test %date = {ONE} && {large}; wc -c" if large else ""
    done = distant.here("stream", "days", "*", "*", *filter(None, [words]), *OUT)
    assert done.returncode == 3
    (said,) = (line for line in done.stderr.splitlines() if "No space left on device" in line)
    assert large or said.partition(" on the worker ")[2] in distant.pair.ids, "it says whose disk"
    assert "7 of 8 files done: 1 failed" in done.stderr
    assert len(written(ess)) == 7
    full.close()
    assert go_on(distant, done).returncode == 0
    assert len(written(ess)) == 8


def test_work_moves_away_from_a_slow_node(distant):
    slow = distant.pair.ids[1]
    for number in range(32):
        distant.put(f"many/{number}.csv", b"x\n")
    distant.add("many", "many/*", "--dateregex", "none")
    slowly = f"case $HOME in */{slow}/*) sleep 4;; esac; basename $(dirname $HOME)"
    done = distant.here("stream", "many", "*", "*", slowly)
    assert done.returncode == 0, done.stderr
    found = done.stdout.split()
    assert len(found) == 32
    assert 0 < 3 * found.count(slow) <= 32
