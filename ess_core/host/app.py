"""The application: cliff's, with our plugins, our options and no exceptions swallowed."""

import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import TextIO

import cliff.app

from ess_core import __version__, interrupts
from ess_core.host import help as helps
from ess_core.host import logs, options
from ess_core.host.base import BaseCommand
from ess_core.host.isolation import BrokenError, attempt
from ess_core.host.manager import CommandManager
from ess_core.host.parser import Parser
from ess_core.host.plugins import Host


class App(cliff.app.App):
    """``ess``: runs one command line after another and raises what goes wrong."""

    NAME = "ess"
    LOG = logs.LOG
    command_manager: CommandManager

    def __init__(
        self,
        host: Host,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
    ) -> None:
        self.host = host
        super().__init__(helps.PURPOSE, __version__, CommandManager(host.commands), stdin, stdout, stderr)

    def build_option_parser(self, *_description_and_version: object) -> Parser:
        """The global options."""
        return options.app_parser()

    def _set_streams(self, stdin: TextIO | None, stdout: TextIO | None, stderr: TextIO | None) -> None:
        self.stdin, self.stdout, self.stderr = stdin or sys.stdin, stdout or sys.stdout, stderr or sys.stderr

    def run(self, argv: list[str], base: Namespace | None = None) -> int:
        """Run one command line. Raises EssError, and whatever the command raises.

        ``base`` holds global options that were given before, at the start of a shell.
        """
        given = options.leading(argv, base)
        try:
            if given.words:
                return self._run_command(given)
            self.stdout.write(helps.answer(given, self.host.commands.under()))
        finally:
            if self.host.warnings:
                self._set_up_logging(given)
        return 0

    def _run_command(self, given: Namespace) -> int:
        found, name, words = self.command_manager.find_command(given.words)
        command, parser = self.build(found, name, [*words, "--help"] if given.help else words)
        command.args = parser.parse_args(command.words, options.only(given))
        self._set_up_logging(command.args)
        interrupts.install()  # until here Ctrl-C ends the process at once: there is nothing to clean up
        code = command.run(command.args)
        if not isinstance(code, int):
            raise TypeError(f"'{name}' returned {type(code).__name__}, not an exit code")
        return code

    def build(self, found: type[BaseCommand], name: str, words: list[str]) -> tuple[BaseCommand, Parser]:
        """The command for ``words``, not yet parsed, and its parser.

        Raises BrokenError where the class is no good, or its arguments do not fit together or with ours.
        """
        try:
            return attempt(lambda: self._built(found, name, words))
        except BrokenError as error:
            raise BrokenError(f"command '{name}' is broken: {error.message}") from error

    def _built(self, found: type[BaseCommand], name: str, words: list[str]) -> tuple[BaseCommand, Parser]:
        command = found(self, Namespace(), cmd_name=name)
        command.words = words
        return command, command.get_parser(f"ess {name}")

    def turn_off(self, broken: Mapping[str, str], command: BaseCommand) -> None:
        """Turn off plugins that proved to be broken. Raises BrokenError where ``command`` is one's own."""
        declared = self.host.commands.commands.get(command.cmd_name or "")
        for plugin, reason in broken.items():
            self.host.turn_off(plugin, reason)
        self._set_up_logging(command.args)
        if declared is not None and declared.plugin in broken:
            raise BrokenError(f"'{declared.name}' cannot run: its plugin {declared.plugin} is off")

    def _set_up_logging(self, args: Namespace) -> None:
        logs.say(self.host.warnings, self.stderr, options.of(args))
