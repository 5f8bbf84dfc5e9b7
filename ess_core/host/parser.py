"""argparse without its surprises: nothing abbreviated, nothing dropped, nothing paged."""

import argparse
import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from ess_core.errors import UsageError
from ess_core.host.terminal import columns


class _Help(argparse.RawDescriptionHelpFormatter):
    """As wide as the terminal."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=columns() - 2)


class Parser(argparse.ArgumentParser):
    """A parser that takes options by their whole name only and raises UsageError."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            formatter_class=_Help, add_help=False, allow_abbrev=False, conflict_handler="error", **settings
        )

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the way to this command's help."""
        raise UsageError(message, f"{self.prog} --help")

    def parse_args(  # type: ignore[override]  # argparse's overloads let a namespace be of any type
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse all of ``args``. Raises UsageError, with what comes close, for an unknown option."""
        given = vars(namespace or argparse.Namespace())
        known, unknown = self.parse_known_args(args, argparse.Namespace(**given))
        if unknown and not any(word.startswith("-") for word in unknown):
            # one that may be left out counts as that by now, where it stands behind an option
            known, unknown = self.parse_known_intermixed_args(args, argparse.Namespace(**given))
        if unknown:
            self._refuse(unknown)
        return known

    def _refuse(self, unknown: list[str]) -> NoReturn:
        option = next((word.partition("=")[0] for word in unknown if word.startswith("-")), None)
        if option is None:
            self.error(f"unexpected arguments: {' '.join(unknown)}")
        close = difflib.get_close_matches(option, self.option_names(), 1)
        self.error(f"there is no option {option}" + (f"; did you mean {close[0]}?" if close else ""))

    @property
    def actions(self) -> list[argparse.Action]:
        """Every argument, in the order of adding; groups share it."""
        return self._actions

    def option(self, name: str) -> argparse.Action | None:
        """The option of this exact name."""
        return self._option_string_actions.get(name)

    def option_names(self) -> list[str]:
        """Every option string, long ones first."""
        return sorted(self._option_string_actions, key=lambda name: (not name.startswith("--"), name))


@contextmanager
def adding(parser: Parser) -> Iterator[None]:
    """Refuse, with ArgumentError, an argument added in the block that would overwrite an earlier one."""
    before = {action.dest for action in parser.actions}
    count = len(parser.actions)
    yield
    taken = before.intersection(action.dest for action in parser.actions[count:])
    if taken - {argparse.SUPPRESS}:
        raise argparse.ArgumentError(None, f"destination '{min(taken)}' is taken")
