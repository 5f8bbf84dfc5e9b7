"""`ess exec`."""

import argparse
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.errors import UsageError
from ess_core.host.arguments import seconds
from ess_core.host.command import BaseCommand
from ess_core.host.terminal import has_colour
from ess_core.nodes.local import THIS_MACHINE
from ess_core.nodes.worker import Worker
from ess_plugins.workers.commands.common import Failure, add_at_once, ready_workers, report

if TYPE_CHECKING:
    from ess_plugins.workers.fanout import Done
    from ess_plugins.workers.running import Ended
    from ess_plugins.workers.sinks import Sink

COLOURS = (36, 33, 35, 32, 34, 31)
"""Of nodes on a terminal, in turn. Source: ECMA-48, SGR 30 to 37."""


class Exec(BaseCommand):
    """Run a command on every worker at the same time.

    Each line of output begins with the node it is from. The command has no input, is run by the shell of
    the user who logs in there, and ends when ess does.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("command", metavar="COMMAND", help="a shell command, as one word")
        parser.add_argument("--master", action="store_true", help="run it on this machine, and on no worker")
        group = parser.add_mutually_exclusive_group()
        group.add_argument(
            "--out", type=Path, metavar="DIR", help="write NODE.out and NODE.err into this folder instead"
        )
        group.add_argument(
            "--s3out", metavar="URL", help="write NODE.out and NODE.err below s3://BUCKET[/FOLDER] instead"
        )
        parser.add_argument(
            "--timeout", type=seconds, metavar="SECONDS", help="end it on nodes where it takes longer"
        )
        add_at_once(parser)

    def take_action(self, args: argparse.Namespace) -> None:
        if not args.command.strip():
            raise UsageError("the command is empty")
        from ess_core.nodes.loop import complete

        workers = [THIS_MACHINE] if args.master else ready_workers(self)
        failures = complete(self._run(args, workers))
        place = args.out or args.s3out
        if place and len(failures) < len(workers):
            self.say(f"the output is in {place}")
        report(self, failures, len(workers))

    async def _run(self, args: argparse.Namespace, workers: list[Worker]) -> list[Failure]:
        from ess_plugins.workers.fanout import each
        from ess_plugins.workers.running import Runner

        runner = Runner(args.command, self._sink(args, workers), args.timeout)
        failures: list[Failure] = []
        async with aclosing(each(workers, runner.run, args.at_once)) as outcomes:
            async for done in outcomes:
                if self.options.debug:
                    self.say(_told(done, args.command))
                if failure := _failure(done):
                    failures.append(failure)
        place = {worker.id: number for number, worker in enumerate(workers)}
        return sorted(failures, key=lambda failure: place[failure.node])

    def _sink(self, args: argparse.Namespace, workers: list[Worker]) -> "Sink":
        from ess_plugins.workers import sinks

        if args.out:
            return sinks.Folder(args.out)
        if args.s3out:
            from ess_core.files.opening import opened

            return sinks.Stored(opened(args.s3out.rstrip("/"), self))
        self.app.stdout.flush()
        return sinks.Printed(self._prefix(workers))

    def _prefix(self, workers: list[Worker]) -> "Callable[[Worker, int], bytes]":
        """The name of a node, in its own colour where a terminal shows it."""
        from ess_core.nodes import stdio

        number = {worker.id: number for number, worker in enumerate(workers)}
        coloured = {stdio.STDOUT: has_colour(self.app.stdout), stdio.STDERR: has_colour(self.app.stderr)}

        def prefix(worker: Worker, stream: int) -> bytes:
            colour = COLOURS[number[worker.id] % len(COLOURS)]
            name = f"\x1b[{colour}m{worker.id}:\x1b[m " if coloured[stream] else f"{worker.id}: "
            return name.encode()

        return prefix


def _failure(done: "Done[Ended]") -> Failure | None:
    if done.error:
        return Failure(done.worker.id, None, done.error.message, done.error.hint)
    assert done.value
    return Failure(done.worker.id, done.value.exit_code, done.value.said) if done.value.exit_code else None


def _told(done: "Done[Ended]", command: str) -> str:
    node = f"{done.worker.id} ({done.worker.login.address})" if done.worker.login else done.worker.id
    how = (
        f"exit code {done.value.exit_code} after {done.value.seconds:.1f} s"
        if done.value
        else str(done.error)
    )
    return f"{node}: {how}: {command}"
