"""A group of commands, typed alone, lists itself."""

from argparse import Namespace

from ess_core.host.base import BaseCommand
from ess_core.host.help import listing
from ess_core.host.parser import Parser


class Group(BaseCommand):
    """List the commands of a group."""

    def get_parser(self, prog_name: str) -> Parser:
        """The parser whose help is the list."""
        parser = super().get_parser(prog_name)
        parser.usage = f"{prog_name} COMMAND …"
        parser.description = self._listing()
        return parser

    def take_action(self, _args: Namespace) -> None:
        """Write the list."""
        self.app.stdout.write(self._listing() + "\n")

    def _listing(self) -> str:
        return listing(self.app.host.commands.under(self.cmd_name or ""))
