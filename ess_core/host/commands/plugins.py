"""Commands about plugins."""

from argparse import Namespace
from collections.abc import Iterable

from ess_core.host.command import Lister
from ess_core.host.plugins import Plugin


class List(Lister):
    """Show the installed plugins, what each adds and why one is off."""

    columns = ("plugin", "status", "distribution", "version", "commands", "gives", "reason")

    def take_action(self, _args: Namespace) -> tuple[tuple[str, ...], Iterable[tuple[object, ...]]]:
        """One row a plugin, in the order of loading."""
        return self.columns, map(self._row, self.app.host.plugins)

    def _row(self, plugin: Plugin) -> tuple[object, ...]:
        commands = [command.name for command in plugin.contribution.commands]
        gives = [f"{entry.kind.value} {entry.name}" for entry in plugin.contribution.entries]
        reasons = "; ".join(filter(None, (plugin.reason, *plugin.problems)))
        return plugin.name, plugin.status.value, plugin.distribution, plugin.version, commands, gives, reasons
