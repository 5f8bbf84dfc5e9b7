"""What every command of ess is and has."""

import argparse
from argparse import Namespace
from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, BinaryIO

import cliff.command

from ess_core.host import options
from ess_core.host.extras import with_extras
from ess_core.host.parser import Parser, adding
from ess_core.host.secrets import safe

if TYPE_CHECKING:
    from ess_core.cloud import Cloud
    from ess_core.conf import Conf
    from ess_core.host.app import App


class BaseCommand(cliff.command.Command):
    """A command that does something; its docstring is its help.

    Override :meth:`arguments` and :meth:`take_action`, which returns an exit code or None.
    """

    app: "App"
    words: Sequence[str] = ()
    """The command's arguments as typed; an output format among them decides which options there are."""
    args: Namespace

    def _load_hooks(self) -> None:
        self._hooks = []  # cliff would search all distributions for hooks of this command

    def get_epilog(self) -> str:
        """Where the global options are explained; cliff would read every distribution's list of files."""
        return "Global options (--conf, --region, …): ess help"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own arguments."""

    def get_parser(self, prog_name: str) -> Parser:
        """The parser: own arguments, output options, other plugins' options, global options."""
        warn = self.app.host.warn  # said when the options that may silence them are known
        return with_extras(self.cmd_name or "", partial(self.own_parser, prog_name), warn)

    def own_parser(self, prog_name: str) -> Parser:
        """The parser without other plugins' options."""
        parser = Parser(prog=prog_name, description=self.get_description(), epilog=self.get_epilog())
        parser.add_argument("-h", "--help", action="help", help="show this help and exit")
        self.arguments(parser)
        with adding(parser):
            self._output_arguments(parser)
        with adding(parser):
            options.add_to(parser, hidden=True)
        return parser

    def _output_arguments(self, parser: Parser) -> None:
        """Add what Lister and ShowOne have and other commands have not."""

    @cached_property
    def options(self) -> options.Options:
        """The global options of this command line."""
        return options.of(self.args)

    @cached_property
    def conf(self) -> "Conf":
        """The configuration in effect; its warnings are said once."""
        from ess_core.conf import load

        conf = load(self.options.overrides)
        for warning in conf.warnings:
            self.warn(warning)
        self.app.turn_off(conf.broken, self)
        return conf

    @cached_property
    def cloud(self) -> "Cloud":
        """AWS, with the credentials and region of the configuration."""
        from ess_core.cloud import Cloud

        return Cloud(self.conf, self.cmd_name or "")

    @property
    def binary_stdout(self) -> BinaryIO:
        """Stdout for bytes as they are."""
        return self.app.stdout.buffer

    def say(self, text: str) -> None:
        """Write one line of progress to stderr; nothing with ``-q``."""
        if not self.options.quiet:
            self.app.stderr.write(safe(text) + "\n")
            self.app.stderr.flush()

    def warn(self, text: str) -> None:
        """Write one line ``ess: warning: …`` to stderr; nothing with ``-q``."""
        self.app.LOG.warning(text)

    def ask(self, question: str) -> bool:
        """Ask on the terminal; True at once where stdin or stderr is none: nobody is there to answer."""
        if not (self.app.stdin.isatty() and self.app.stderr.isatty()):
            return True
        self.app.stderr.write(f"{safe(question)} [y/N] ")
        self.app.stderr.flush()
        return self.app.stdin.readline().strip().lower() in ("y", "yes")
