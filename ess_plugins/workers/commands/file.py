"""`ess file push`, `get` and `mkdir`."""

import argparse
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

from ess_core.errors import NothingMatchedError, UsageError
from ess_core.host.command import BaseCommand
from ess_core.host.progress import PATIENCE_S, Progress
from ess_core.nodes.worker import Worker
from ess_plugins.workers.commands.common import Failure, add_at_once, ready_workers, report

NODES_AT_ONCE = 64
_KB, _MB = 1 << 10, 1 << 20


class Push(BaseCommand):
    """Send files and folders to every worker.

    They are in the folder DIR afterwards, with the permissions that they have here, each whole or not at all
    and with the same checksum. What was sent in part is continued, and what is there already is not sent.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a file, a folder or a glob")
        parser.add_argument(
            "--dest",
            default="~",
            metavar="DIR",
            help="the folder there, made where it is missing (default: the home)",
        )
        add_at_once(parser, NODES_AT_ONCE)

    def take_action(self, args: argparse.Namespace) -> None:
        from ess_plugins.workers.files import local
        from ess_plugins.workers.files.pushing import Push as Work

        load = local.collect(args.files)
        for path in load.skipped:
            self.warn(f"left out, as it is neither a file nor a folder: {path!r}")
        workers = ready_workers(self)
        with Progress(self) as progress:
            meter = _Meter(progress, "sent")
            meter.expect(load.size * len(workers))
            on_all(self, args, workers, Work(load, place(args.dest), meter.count).to)
        self.say(f"{_count(len(load.files), 'file')} on {_count(len(workers), 'node')}")


class Get(BaseCommand):
    """Bring files of every worker here, into a folder for each.

    What PATTERN matches there is in DIR/NODE afterwards, under the same path and with the same permissions,
    each whole or not at all and with the same checksum. What was brought in part is continued.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "patterns",
            nargs="+",
            metavar="PATTERN",
            help="a file, a folder or a glob there, from the home on; quote it",
        )
        parser.add_argument("--dest", default=".", metavar="DIR", help="the folder here (default: this one)")
        add_at_once(parser, NODES_AT_ONCE)

    def take_action(self, args: argparse.Namespace) -> None:
        from ess_plugins.workers.files.getting import Get as Work

        patterns = tuple(place(pattern) for pattern in args.patterns)
        for pattern in patterns:
            if ".." in pattern.split("/"):
                raise UsageError(f"{pattern!r} leads upwards", "write the path from / on")
        workers = ready_workers(self)
        with Progress(self) as progress:
            meter = _Meter(progress, "brought")
            numbers = on_all(self, args, workers, Work(patterns, args.dest, meter.expect, meter.count).of)
        self.say(f"{_count(sum(numbers), 'file')} of {_count(len(workers), 'node')} in {args.dest}")


class Mkdir(BaseCommand):
    """Make folders on every worker, with those above them."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folders", nargs="+", metavar="DIR", help="a folder there, from the home on")
        add_at_once(parser, NODES_AT_ONCE)

    def take_action(self, args: argparse.Namespace) -> None:
        from ess_plugins.workers.files.folders import Folders

        workers = ready_workers(self)
        on_all(self, args, workers, Folders(tuple(place(folder) for folder in args.folders)).on)


class _Meter:
    """Bytes of all nodes together, shown where it takes a while."""

    def __init__(self, progress: Progress, verb: str) -> None:
        self._progress, self._verb = progress, verb
        self._done = self._wanted = 0
        self._silent_until = time.monotonic() + PATIENCE_S

    def expect(self, size: int) -> None:
        """So many more are to come."""
        self._wanted += size

    def count(self, size: int) -> None:
        """So many more have come."""
        self._done += size
        if time.monotonic() > self._silent_until:
            name, unit = ("MiB", _MB) if self._wanted >= 10 * _MB else ("KiB", _KB)
            done = min(self._done, self._wanted)  # what is sent a second time counts once
            self._progress.count(f"{name} {self._verb}", done // unit, self._wanted // unit)


def place(path: str) -> str:
    """A path on the nodes; ``~/`` there is what paths begin at anyway. Raises UsageError for an empty one."""
    if not path or "\0" in path:
        raise UsageError(f"{path!r} cannot be a path")
    return "." if path in ("~", "~/") else path.removeprefix("~/")


def on_all(
    command: BaseCommand,
    args: argparse.Namespace,
    workers: list[Worker],
    work: Callable[[Worker], Awaitable[Any]],
) -> list[Any]:
    """What ``work`` gives of all workers. Raises PartlyDoneError or EssError where it fails on some."""
    from ess_core.nodes.loop import complete

    values, failures, nothing = complete(_done(command, args.at_once, workers, work))
    if nothing and len(nothing) == len(workers):
        raise nothing[0]
    report(command, failures, len(workers))
    return values


async def _done(
    command: BaseCommand, at_once: int, workers: list[Worker], work: Callable[[Worker], Awaitable[Any]]
) -> tuple[list[Any], list[Failure], list[NothingMatchedError]]:
    from ess_plugins.workers.fanout import each

    values, failed, nothing = [], {}, []
    async with aclosing(each(workers, work, at_once)) as outcomes:
        async for done in outcomes:
            if command.options.debug:
                command.say(f"{done.worker.id}: {done.error or 'done'}")
            if done.error is None:
                values.append(done.value)
                continue
            failed[done.worker.id] = Failure(done.worker.id, None, done.error.message, done.error.hint)
            if isinstance(done.error, NothingMatchedError):
                nothing.append(done.error)
    return values, [failed[worker.id] for worker in workers if worker.id in failed], nothing


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
