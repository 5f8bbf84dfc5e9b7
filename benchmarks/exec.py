"""A command on a hundred hosts by `ess exec`, beside parallel-ssh and beside OpenSSH with xargs."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import ground, measured
from benchmarks.goals import Goal
from benchmarks.ground import Desk, Ground
from benchmarks.measured import Measured
from benchmarks.timing import BIN

HOSTS = 100
ROUNDS = 7
_MOST = 1.15
_COMMANDS = ("hostname", "seq 2000")
_PEER = "parallel-ssh"
_PYTHON = BIN.parent / "pssh" / "bin" / "python"
_SCRIPT = Path(__file__).with_name("plain_pssh.py")


def main() -> None:
    """Print medians, and how long ess takes beside parallel-ssh."""
    with ground.opened() as place, place.desk() as desk:
        place.fresh(pending_s=0.1, boot_s=0.1)
        _run([str(BIN / "ess"), "instance", "ec2", "create", f"--number={HOSTS}", "--yes"], desk)
        hosts = desk.folder / "hosts"
        hosts.write_text("\n".join(one["public_ip"] for one in place.live()), encoding="utf-8")
        print(f"exec: {HOSTS} hosts on loopback, all by one SSH server process")
        print(f"medians of {ROUNDS} runs in turn: wall and CPU seconds, peak memory; ess / parallel-ssh")
        print(f"\n| command | ess exec | {_PEER} {_version()} | xargs -P {HOSTS} ssh | ess / {_PEER} |")
        print("| --- | --- | --- | --- | --- |")
        ratios = [_row(command, place, desk, hosts) for command in _COMMANDS]
    if ratios[0]:
        print(Goal(f"time of `ess exec` / {_PEER}, {_COMMANDS[0]}", ratios[0], _MOST, at_most=True))


def _row(command: str, place: Ground, desk: Desk, hosts: Path) -> float:
    """Print a row; how many times as long as parallel-ssh ess takes, 0 where that is not here."""
    commands = dict(_ways(command, place, desk, hosts))
    lines = {name: _lines(argv, desk) for name, argv in commands.items()}
    wrong = {name: ", lines mixed or lost" for name, found in lines.items() if found != lines["ess"]}
    runs = measured.middle_in_turn(commands, desk.env, desk.folder / "out", ROUNDS)
    ratio = runs["ess"].seconds / runs[_PEER].seconds if _PEER in runs else 0.0
    cells = [
        _cell(runs[name]) + wrong.get(name, "") if name in runs else "-" for name in ("ess", _PEER, "xargs")
    ]
    print(f"| {command} | {' | '.join(cells)} | {f'{ratio:.2f}' if ratio else '-'} |")
    return ratio


def _ways(command: str, place: Ground, desk: Desk, hosts: Path) -> Iterator[tuple[str, list[str]]]:
    yield "ess", [str(BIN / "ess"), "exec", command]
    if _PYTHON.is_file():
        yield _PEER, [str(_PYTHON), str(_SCRIPT), str(hosts), str(desk.pem), str(place.ssh_port), command]
    options = f"-i {desk.pem} -p {place.ssh_port} -l ec2-user -o BatchMode=yes -o StrictHostKeyChecking=no"
    quiet = f"-o UserKnownHostsFile={desk.folder}/known -o LogLevel=ERROR"
    script = f"xargs -P {HOSTS} -I HOST sh -c 'ssh {options} {quiet} HOST \"{command}\"' <{hosts}"
    yield "xargs", ["sh", "-c", script]


def _lines(argv: Sequence[str], desk: Desk) -> list[str]:
    """The lines of the output without the names of hosts, in any order."""
    return sorted(line.rpartition(" ")[2] for line in _run(argv, desk).splitlines())


def _run(argv: Sequence[str], desk: Desk) -> str:
    done = subprocess.run(
        argv,
        env=desk.env,
        cwd=desk.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{argv[0]} ended with {done.returncode}: {done.stderr[-300:]}")
    return done.stdout


def _version() -> str:
    ask = "import importlib.metadata; print(importlib.metadata.version('parallel-ssh'))"
    if not _PYTHON.is_file():
        return "(not here; `make bench` installs it)"
    return subprocess.run([_PYTHON, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


def _cell(run: Measured) -> str:
    if run.failure:
        return run.failure
    return f"{run.seconds:.2f} s, CPU {run.cpu_s:.2f} s, {run.peak_bytes / (1 << 20):.0f} MB"


if __name__ == "__main__":
    main()
