"""`ess instance ec2 ssh`."""

import argparse
import os
import shutil
from collections.abc import Sequence

from ess_core.errors import NothingMatchedError, UsageError
from ess_core.host.command import BaseCommand
from ess_core.nodes.worker import Worker
from ess_plugins.ec2.commands.common import add_cluster
from ess_plugins.ec2.provider import Provider, cluster_of


class Ssh(BaseCommand):
    """Log in to a worker, or run one command there."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        add_cluster(parser)
        parser.add_argument(
            "node", nargs="?", metavar="NODE", help="id, address or place in the list (default: 1)"
        )
        parser.add_argument("command", nargs="*", metavar="-- CMD", help="what to run instead of a login")

    def take_action(self, args: argparse.Namespace) -> int:
        name, command = self._split()
        worker = _find(Provider(self.conf, self.cloud, cluster_of(self.conf, args.cluster)).workers(), name)
        if worker.login is None:
            raise NothingMatchedError(f"{worker.id} cannot be logged in to: it is {worker.state}")
        from ess_core.nodes import ssh

        if shutil.which("ssh"):
            ssh.make_room(worker.login)
            argv = ssh.openssh(worker.login, command)
            os.execvp(argv[0], argv)  # noqa: S606 - OpenSSH takes over, with its own exit code
        if command is None:
            raise UsageError(
                "an interactive login needs OpenSSH's `ssh`", "install the openssh-client package"
            )
        return ssh.run(worker.login, command)

    def _split(self) -> tuple[str | None, str | None]:
        """Node and command; only what stands after ``--`` is the command.

        What stands before it is parsed again, alone: argparse takes some of the ``--`` away.
        """
        end = self.words.index("--") if "--" in self.words else len(self.words)
        before = self.get_parser(f"ess {self.cmd_name}").parse_args(self.words[:end])
        if before.command:
            raise UsageError(
                f"unexpected {before.command[0]!r}",
                "a command stands after `--`: ess instance ec2 ssh NODE -- CMD",
            )
        return before.node, " ".join(self.words[end + 1 :]) or None


def _find(workers: Sequence[Worker], name: str | None) -> Worker:
    for place, worker in enumerate(workers, start=1):
        if (name or "1") in (worker.id, worker.private_ip, worker.public_ip, str(place)):
            return worker
    what = f"{name} is not a worker of this cluster" if workers else "this cluster has no workers"
    raise NothingMatchedError(what, "`ess instance ec2 list` shows them")
