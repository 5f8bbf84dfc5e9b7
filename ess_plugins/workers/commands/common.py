"""What the commands on workers share: which nodes, and what is said of those where something failed."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from ess_core.errors import EssError, PartlyDoneError
from ess_core.host.arguments import whole_number
from ess_core.host.command import BaseCommand
from ess_core.host.escape import one_line
from ess_core.nodes.worker import Worker
from ess_plugins.workers import openfiles, roster
from ess_plugins.workers.fanout import AT_ONCE

MOST_AT_ONCE = 10_000

_SHOWN = 160
_HINTS = 3


@dataclass(frozen=True)
class Failure:
    """One node where it did not work; ``exit_code`` is None where no command ended there."""

    node: str
    exit_code: int | None
    said: str
    hint: str = ""


def add_at_once(parser: argparse.ArgumentParser, default: int = AT_ONCE) -> None:
    """Add ``--at-once``."""
    parser.add_argument(
        "--at-once",
        "--threads",
        type=partial(whole_number, most=MOST_AT_ONCE),
        default=default,
        metavar="N",
        help="work on N nodes at the same time (default: %(default)s)",
    )


def ready_workers(command: BaseCommand) -> list[Worker]:
    """The workers to work on; those not running are named. Raises NothingMatchedError where none is."""
    openfiles.allow()
    nodes = roster.nodes_of(command)
    able = roster.ready(nodes)
    if others := [node.id for node in nodes if node not in able]:
        command.warn(f"left out, as they are not running: {', '.join(others)}")
    return able


def report(command: BaseCommand, failures: Sequence[Failure], total: int) -> None:
    """Show the nodes that failed. Raises PartlyDoneError, or EssError where all did."""
    if not failures:
        return
    for line in [*_table(failures), *_hints(failures)]:
        command.app.stderr.write(f"{line}\n")
    command.app.stderr.flush()
    message = f"{len(failures)} of {total} node{'s' if total > 1 else ''} failed"
    raise PartlyDoneError(message) if len(failures) < total else EssError(message)


def _table(failures: Sequence[Failure]) -> list[str]:
    """Nodes and problems; with exit codes where there are any."""
    names = ["node", *(one.node for one in failures)]
    codes = ["exit code", *("" if one.exit_code is None else str(one.exit_code) for one in failures)]
    said = ["end of stderr", *(_last_line(one.said) for one in failures)]
    if not any(codes[1:]):
        codes, said[0] = [""] * len(codes), "problem"
    first, second = (max(map(len, column)) + 2 for column in (names, codes))
    rows = zip(names, codes, said, strict=True)
    if second == 2:
        return [f"{name:{first}}{line}".rstrip() for name, _, line in rows]
    return [f"{name:{first}}{code:>{second - 2}}  {line}".rstrip() for name, code, line in rows]


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    last = one_line(lines[-1].strip()) if lines else ""
    return last if len(last) <= _SHOWN else f"…{last[-_SHOWN:]}"


def _hints(failures: Sequence[Failure]) -> list[str]:
    """What to do, once for all nodes with the same trouble."""
    hints = dict.fromkeys(one.hint for one in failures if one.hint)
    return [f"hint: {hint}" for hint in list(hints)[:_HINTS]]
