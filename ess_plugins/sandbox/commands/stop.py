"""`ess sandbox stop`."""

import argparse

from ess_core.host.command import BaseCommand
from ess_plugins.sandbox import control
from ess_plugins.sandbox.commands.common import add_folder


class Stop(BaseCommand):
    """End the sandbox and remove what it wrote."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        add_folder(parser)
        parser.add_argument("--keep", action="store_true", help="leave its files where they are")

    def take_action(self, args: argparse.Namespace) -> None:
        left = control.stop(args.folder, keep=args.keep)
        self.say("the sandbox has ended, and every process on its workers with it")
        if left:
            self.say(f"not the sandbox's own, so still in {args.folder}: {', '.join(left)}")
