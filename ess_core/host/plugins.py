"""Load plugins one by one, so that none can break another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from ess_core import __version__
from ess_core.host import blocks, builtin, discovery
from ess_core.host.commandtable import CommandTable
from ess_core.host.contributions import Contribution, Implementation, gather
from ess_core.host.discovery import OURS
from ess_core.host.hookspecs import Hooks
from ess_core.host.isolation import BrokenError, Notice, attempt
from ess_core.registry import REGISTRY, Registry, TakenError


class Status(Enum):
    """What became of a plugin."""

    ON = "on"
    BLOCKED = "blocked"
    BROKEN = "broken"


@dataclass
class Plugin:
    """One plugin, where it comes from and what it adds."""

    name: str
    distribution: str
    version: str
    status: Status = Status.ON
    reason: str = ""
    contribution: Contribution = field(default_factory=Contribution)
    problems: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Name, distribution and version as a message says them."""
        return f"{self.name} ({self.distribution} {self.version})"


class Host:
    """The plugins of this process; fills the registry and the table of commands."""

    def __init__(self, registry: Registry = REGISTRY) -> None:
        self.plugins: list[Plugin] = []
        self.commands = CommandTable()
        self.warnings: list[Notice] = []
        self._registry = registry
        self._manager = pluggy.PluginManager("ess")
        self._manager.add_hookspecs(Hooks)

    def load(self, conf: Path | None = None, without: str = "") -> None:
        """Load the core's own commands, then every plugin that is not turned off; never raises for a plugin.

        ``without`` names what turned all third parties' plugins off, such as ``--no-plugins``.
        """
        core = Plugin("core", OURS, __version__)
        self._register(core, lambda: builtin)
        blocked = blocks.blocked(conf)
        without = without or blocks.no_third_parties()
        for found in discovery.find():
            plugin = Plugin(found.name, found.distribution, found.version)
            if found.name in blocked:
                self._block(plugin, blocked[found.name])
            elif without and not found.is_ours:
                self._block(plugin, without)
            else:
                self._register(plugin, found.load)

    def find(self, name: str) -> Plugin | None:
        """The plugin that is on under this name, else the first of this name."""
        named = [plugin for plugin in self.plugins if plugin.name == name]
        return next((plugin for plugin in named if plugin.status is Status.ON), named[0] if named else None)

    def turn_off(self, name: str, reason: str) -> None:
        """Drop all that a plugin gave, because ``reason`` came out after it was loaded."""
        self._registry.forget(name)
        self.commands.forget(name)
        if plugin := self.find(name):
            self._break(plugin, reason)

    def _block(self, plugin: Plugin, by: str) -> None:
        plugin.status, plugin.reason = Status.BLOCKED, f"turned off by {by}"
        self.plugins.append(plugin)

    def _register(self, plugin: Plugin, load: Callable[[], Any]) -> None:
        first = self.find(plugin.name)
        self.plugins.append(plugin)
        if first is not None and first.status is not Status.BLOCKED:
            self._break(plugin, f"the name '{plugin.name}' already belongs to {first.origin}")
            return
        if plugin.distribution == OURS:
            self._registry.own.add(plugin.name)
        try:
            plugin.contribution = attempt(lambda: self._contribution(plugin.name, load()))
        except BrokenError as error:
            self._break(plugin, error.message, error)
        else:
            self._take(plugin)

    def _contribution(self, name: str, module: ModuleType) -> Contribution:
        self._manager.register(module, name)
        try:
            return gather(name, list(self._implementations(name, module)))
        except BaseException:
            self._manager.unregister(name=name)
            raise

    def _implementations(self, name: str, module: ModuleType) -> Iterator[Implementation]:
        """The plugin's hook functions; ess calls them itself because pluggy stops at the first error."""
        for caller in self._manager.get_hookcallers(module) or ():
            for impl in caller.get_hookimpls():
                if impl.plugin_name != name:
                    continue
                if impl.hookwrapper or impl.wrapper:
                    raise TypeError(f"{caller.name} is a wrapper; ess calls hooks one by one")
                if caller.has_spec():
                    yield Implementation(caller.name, impl.function)
                elif not impl.optionalhook:
                    raise LookupError(f"there is no hook {caller.name}")

    def warn(self, text: str, cause: BaseException | None = None) -> None:
        """Say ``text`` once, when it is known whether the user wants to hear it."""
        if all(notice.text != text for notice in self.warnings):
            self.warnings.append(Notice(text, cause))

    def _break(self, plugin: Plugin, reason: str, cause: BaseException | None = None) -> None:
        plugin.status, plugin.reason = Status.BROKEN, reason
        self.warn(f"plugin {plugin.origin} is off: {reason}", cause)

    def _take(self, plugin: Plugin) -> None:
        given = plugin.contribution
        adding = [partial(self.commands.add, plugin.name, command) for command in given.commands]
        adding += [partial(self._registry.add, entry) for entry in given.entries]
        for add in adding:
            try:
                add()
            except TakenError as error:
                plugin.problems.append(error.message)
                self.warn(f"plugin {plugin.origin}: {error.message}")
