"""Help, completion, the prompt."""

import argparse
from argparse import Namespace

from ess_core.host.base import BaseCommand


class Help(BaseCommand):
    """Show what ess can do, or how one command is used."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's words."""
        parser.add_argument("command", nargs="*", metavar="COMMAND", help="words of a command or a group")

    def take_action(self, parsed_args: Namespace) -> int:
        """Ask the command itself."""
        return self.app.run_line([*parsed_args.command, "--help"])
