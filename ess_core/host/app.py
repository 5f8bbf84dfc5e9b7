"""The application: cliff's, with our plugins, our options and one place where errors become exit codes."""

import logging
import sys
from argparse import Namespace
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
    """``ess``: runs one command line after another; raises what it cannot do."""

    NAME = "ess"
    LOG = logging.getLogger("ess")
    command_manager: CommandManager

    def __init__(
        self, stdin: TextIO | None = None, stdout: TextIO | None = None, stderr: TextIO | None = None
    ) -> None:
        self.host = Host()
        super().__init__(
            helps.PURPOSE, __version__, CommandManager(self.host.commands), stdin, stdout, stderr
        )

    def build_option_parser(self, *_description_and_version: object) -> Parser:
        """The global options."""
        return options.app_parser()

    def _set_streams(self, stdin: TextIO | None, stdout: TextIO | None, stderr: TextIO | None) -> None:
        self.stdin, self.stdout, self.stderr = stdin or sys.stdin, stdout or sys.stdout, stderr or sys.stderr

    def run(self, argv: list[str]) -> int:
        """Load the plugins and run one command line. Raises EssError, and whatever a command raises."""
        early = options.early(argv)
        self.host.load(early.conf, without="--no-plugins" if early.no_plugins else "")
        return self.run_line(argv)

    def run_line(self, argv: list[str], base: Namespace | None = None) -> int:
        """Run one command line; ``base`` holds global options given at the start of a shell."""
        given = options.leading(argv, base)
        try:
            return self._dispatch(given)
        finally:
            self.say_warnings(given)

    def say_warnings(self, given: Namespace) -> None:
        """Set up logging as ``given`` asks for, and say what was found out before."""
        logs.configure(self.stderr, options.of(given))
        while self.host.warnings:
            self.LOG.warning(self.host.warnings.pop(0))

    def _dispatch(self, given: Namespace) -> int:
        if given.version:
            self.stdout.write(f"ess {__version__}\n")
        elif not given.words:
            self.stdout.write(helps.app_help(self.host.commands.under()))
        else:
            return self._run_command(given)
        return 0

    def _run_command(self, given: Namespace) -> int:
        found, name, words = self.command_manager.find_command(given.words)
        command = self.make(found, name, [*words, "--help"] if given.help else words)
        parser = self.parser_of(command)
        command.args = parser.parse_args(command.words, options.only(given))
        self.say_warnings(command.args)
        interrupts.install()  # until here Ctrl-C ends the process at once: there is nothing to clean up
        return command.run(command.args)

    def make(self, found: type[BaseCommand], name: str, words: list[str]) -> BaseCommand:
        """The command object for ``words``, not yet parsed."""
        command = found(self, Namespace(), cmd_name=name)
        command.words = words
        return command

    def parser_of(self, command: BaseCommand) -> Parser:
        """The command's parser. Raises BrokenError where its arguments do not fit together or with ours."""
        try:
            return attempt(lambda: command.get_parser(f"ess {command.cmd_name}"))
        except BrokenError as error:
            raise BrokenError(f"command '{command.cmd_name}' is broken: {error.message}") from error
