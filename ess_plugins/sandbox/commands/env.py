"""`ess sandbox env`."""

import argparse

from ess_core.host.command import BaseCommand
from ess_plugins.sandbox import state
from ess_plugins.sandbox.commands.common import add_folder
from ess_plugins.sandbox.folder import export_lines


class Env(BaseCommand):
    """Print what points a shell to the sandbox."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        add_folder(parser)

    def take_action(self, args: argparse.Namespace) -> None:
        running = state.find(args.folder)
        self.app.stdout.write("\n".join(export_lines(running.folder, running.ready)) + "\n")
