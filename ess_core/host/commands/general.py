"""Commands about ess itself: help, completion, the prompt."""

import argparse
from argparse import Namespace

from ess_core.host.command import BaseCommand
from ess_core.host.complete import SCRIPTS, candidates
from ess_core.host.shell import Prompt


class Help(BaseCommand):
    """Show what ess can do, or how one command is used."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's words."""
        parser.add_argument("command", nargs="*", metavar="COMMAND", help="words of a command or a group")

    def take_action(self, args: Namespace) -> int:
        """Ask the command itself."""
        return self.app.run([*args.command, "--help"], args)


class Complete(BaseCommand):
    """Print a completion script for bash or zsh.

    The script asks ess for commands and options, so it also knows those of plugins installed later.

    For bash, put this into ~/.bashrc:  eval "$(ess complete)"
    For zsh, put this into ~/.zshrc:    eval "$(ess complete --shell zsh)"
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the shell, or the words to complete."""
        parser.add_argument(
            "--shell", choices=sorted(SCRIPTS), default="bash", help="which shell (default: bash)"
        )
        parser.add_argument("line", nargs="*", metavar="-- WORD", help="show what the last word can become")

    def take_action(self, args: Namespace) -> None:
        """Write the script, or one candidate a line."""
        if "--" not in self.words:
            self.app.stdout.write(SCRIPTS[args.shell])
            return
        words = list(self.words)
        found = candidates(self.app, words[words.index("--") + 1 :])
        self.app.stdout.writelines(f"{word}\n" for word in found)


class Shell(BaseCommand):
    """Type commands at a prompt, without `ess` before them."""

    def take_action(self, args: Namespace) -> int:
        """Read lines until Ctrl-D or `exit`."""
        return Prompt(self.app, args).loop()
