"""`ess sandbox status`."""

import argparse
from collections.abc import Sequence
from typing import Any

from ess_core.host.command import ShowOne
from ess_plugins.sandbox import state
from ess_plugins.sandbox.commands.common import add_folder
from ess_plugins.sandbox.door import Door


class Status(ShowOne):
    """Show the sandbox of a folder."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        add_folder(parser)

    def take_action(self, args: argparse.Namespace) -> tuple[Sequence[str], Sequence[Any]]:
        running = state.find(args.folder)
        states = [instance["state"] for instance in Door(running.ready).instances()]
        columns = ("folder", "endpoint", "ssh_port", "region", "process", "instances", "running")
        return columns, (
            str(running.folder),
            running.ready.endpoint,
            running.ready.ssh_port,
            running.region,
            running.supervisor,
            len(states),
            states.count("running"),
        )
