"""A prompt for ess's commands: each line stands for itself, and is split as a POSIX shell would."""

import cmd
import contextlib
import shlex
from argparse import Namespace
from typing import TYPE_CHECKING

from ess_core.errors import UsageError
from ess_core.host.complete import candidates
from ess_core.host.failures import CLOSED_PIPE, report
from ess_core.interrupts import Interrupted

if TYPE_CHECKING:
    from ess_core.host.app import App

ENDS = ("exit", "quit", "EOF")
CTRL_C = 130


class Prompt(cmd.Cmd):
    """Reads command lines from a terminal, or from a file or pipe without a prompt."""

    prompt = "ess> "

    def __init__(self, app: "App", base: Namespace) -> None:
        super().__init__(stdin=app.stdin, stdout=app.stdout)
        self._found: list[str] = []
        self._app = app
        self._base = base
        self.exit_code = 0
        self.is_watched = app.stdin.isatty()
        if not self.is_watched:
            self.prompt, self.use_rawinput = "", False

    def loop(self) -> int:
        """Run lines until the input ends; return the last one's exit code, or 0 where a person typed them."""
        while True:
            try:
                self.cmdloop()
            except Interrupted as interrupt:
                if interrupt.exit_code != CTRL_C or not self.is_watched:
                    raise
                self.stdout.write("\n")  # at the prompt: forget the line, ask again
            else:
                return 0 if self.is_watched else self.exit_code

    def onecmd(self, line: str) -> bool:
        """Run one line; True ends the loop."""
        if line.strip() in ENDS:
            return True
        if line.strip() and not line.lstrip().startswith("#"):
            self.exit_code = self._run(line)
        return self.exit_code == CLOSED_PIPE

    def _run(self, line: str) -> int:
        try:
            code = self._app.run(_split(line), self._base)
            self._app.stdout.flush()
        except BaseException as error:
            if isinstance(error, Interrupted) and (error.exit_code != CTRL_C or not self.is_watched):
                raise
            return report(error, self._app.stderr, debug=getattr(self._base, "ess_debug", False))
        return code

    def complete(self, text: str, state: int) -> str | None:  # type: ignore[override]  # typed as a list in typeshed
        """What readline asks for, one candidate after another."""
        import readline

        if state == 0:
            before = readline.get_line_buffer()[: readline.get_begidx()]
            with contextlib.suppress(ValueError):
                found = candidates(self._app, [*shlex.split(before), text])
                self._found = [f"{found[0]} "] if len(found) == 1 else found
        return self._found[state] if state < len(self._found) else None

    def preloop(self) -> None:
        """Let readline split words at blanks only: options hold hyphens."""
        if self.is_watched:
            import readline

            readline.set_completer_delims(" ")


def _split(line: str) -> list[str]:
    """The words of a line, without the ``ess`` that a pasted one begins with."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"this line cannot be read: {error}") from None
    return words[1:] if words[:1] == ["ess"] else words
