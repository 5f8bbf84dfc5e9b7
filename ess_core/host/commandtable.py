"""The commands of every plugin as data, and who may add which."""

import difflib
import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ess_core.errors import UsageError
from ess_core.host.hookspecs import Command
from ess_core.host.isolation import BrokenError, attempt
from ess_core.registry import TakenError

if TYPE_CHECKING:
    from ess_core.host.command import BaseCommand

_ALIKE = 0.75


@dataclass(frozen=True)
class Declared:
    """A command of one plugin; to cliff it is an entry point with a name, a value and a way to load it."""

    name: str
    value: str
    summary: str
    plugin: str

    def load(self) -> "type[BaseCommand]":
        """Import the class. Raises BrokenError naming command and plugin where it is no command."""
        try:
            return attempt(self._load)
        except BrokenError as error:
            raise BrokenError(
                f"command '{self.name}' of plugin {self.plugin} cannot be loaded: {error.message}"
            ) from error

    def _load(self) -> "type[BaseCommand]":
        from ess_core.host.command import BaseCommand

        module, _, attribute = self.value.partition(":")
        found = getattr(importlib.import_module(module), attribute)
        if not (isinstance(found, type) and issubclass(found, BaseCommand)):
            raise TypeError(f"{self.value} is not a subclass of ess_core.host.command.BaseCommand")
        return found


@dataclass
class CommandTable:
    """Commands by name; a group is the words before the last of a command's name."""

    commands: dict[str, Declared] = field(default_factory=dict)

    def add(self, plugin: str, command: Command) -> None:
        """Take one command.

        Raises TakenError where another plugin's command has this name, begins with it or is a beginning of
        it, word by word: so nobody can put ``terminate all`` in front of ``terminate``.
        """
        if rival := self._rival(plugin, command.name):
            raise TakenError(
                f"command '{command.name}' is refused: '{rival.name}' already comes from {rival.plugin}"
            )
        self.commands[command.name] = Declared(command.name, command.target, command.summary, plugin)

    def _rival(self, plugin: str, name: str) -> Declared | None:
        if name in self.commands:
            return self.commands[name]
        words = name.split()
        shorter = (" ".join(words[:end]) for end in range(1, len(words)))
        begun = (self.commands[prefix] for prefix in shorter if prefix in self.commands)
        longer = (command for command in self.commands.values() if command.name.startswith(f"{name} "))
        return next((rival for rival in (*begun, *longer) if rival.plugin != plugin), None)

    def forget(self, plugin: str) -> None:
        """Drop the commands of a plugin."""
        for name in [name for name, command in self.commands.items() if command.plugin == plugin]:
            del self.commands[name]

    def under(self, group: str = "") -> list[Declared]:
        """The commands of a group, or all, by name."""
        head = f"{group} " if group else ""
        return sorted(
            (command for command in self.commands.values() if command.name.startswith(head)),
            key=lambda command: command.name,
        )

    def split(self, words: list[str]) -> tuple[str, list[str]]:
        """The command or group that ``words`` begin with, exactly, and the words after it.

        Raises UsageError, with what comes close, where there is none.
        """
        for end in range(len(words), 0, -1):
            if (name := " ".join(words[:end])) in self.commands:
                return name, words[end:]
        if (name := " ".join(words)) in self._groups():
            return name, []
        raise self.unknown(words)

    def unknown(self, words: list[str]) -> UsageError:
        """The error for words that are no command."""
        close = self._close(words)
        hint = "did you mean: " + ", ".join(f"ess {name}" for name in close) if close else "ess help"
        return UsageError(f"'{' '.join(words)}' is not an ess command", hint)

    def _close(self, words: list[str]) -> list[str]:
        groups = self._groups()
        known = [name for name in (*self.commands, *groups) if name.split() != words[: len(name.split())]]
        scored = sorted((-_likeness(words, name.split()), name) for name in known)
        best = [name for likeness, name in scored if likeness <= -_ALIKE][:3]
        right = (" ".join(words[:end]) for end in range(len(words) - 1, 0, -1))
        return best or [name for name in right if name in groups][:1]

    def _groups(self) -> set[str]:
        split = (name.split() for name in self.commands)
        return {" ".join(words[:end]) for words in split for end in range(1, len(words))}


def _likeness(words: list[str], name: list[str]) -> float:
    typed = words[: len(name)]  # what follows is arguments
    if typed[:1] == name[-1:]:
        return 0.9  # `ess terminate all` for `ess instance ec2 terminate`
    return difflib.SequenceMatcher(None, " ".join(typed), " ".join(name)).ratio()
