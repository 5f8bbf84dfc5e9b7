"""cliff's command manager over our table: exact names, groups that list themselves, lazy imports."""

from typing import Any

from cliff.commandmanager import CommandManager as CliffCommandManager

from ess_core.host.base import BaseCommand
from ess_core.host.commandtable import CommandTable
from ess_core.host.group import Group


class CommandManager(CliffCommandManager):
    """Finds the command that words stand for."""

    commands: Any

    def __init__(self, table: CommandTable) -> None:
        super().__init__(namespace=None)  # a namespace would import every command
        self.table = table
        self.commands = table.commands

    def add_command(self, name: str, command_class: type) -> None:
        """Ignore cliff's own help and complete: ours are commands of the plugin ``core``."""

    def find_command(self, argv: list[str]) -> tuple[type[BaseCommand], str, list[str]]:
        """The class, the name and the arguments that ``argv`` stands for; a bare group is a command too.

        Raises UsageError where there is none, BrokenError where the class cannot be loaded.
        """
        end = self._get_last_possible_command_index(argv)
        name, arguments = self.table.split(argv[:end])
        command = self.table.commands.get(name)
        return command.load() if command else Group, name, arguments + argv[end:]
