"""Commands about plugins."""

import argparse
from argparse import Namespace
from collections.abc import Iterable, Iterator

from ess_core.errors import EssError, NothingMatchedError
from ess_core.host.command import Lister
from ess_core.host.commands.cells import Lines
from ess_core.host.inspection import Finding, findings
from ess_core.host.plugins import Plugin


class List(Lister):
    """Show the installed plugins, what each adds and why one is off."""

    columns = ("plugin", "status", "distribution", "version", "commands", "gives", "reason")

    def take_action(self, _args: Namespace) -> tuple[tuple[str, ...], Iterable[tuple[object, ...]]]:
        """One row a plugin, in the order of loading."""
        return self.columns, map(self._row, self.app.host.plugins)

    def _row(self, plugin: Plugin) -> tuple[object, ...]:
        commands = Lines([command.name for command in plugin.contribution.commands])
        gives = Lines([f"{entry.kind.value} {entry.name}" for entry in plugin.contribution.entries])
        reasons = "; ".join(filter(None, (plugin.reason, *plugin.problems)))
        return plugin.name, plugin.status.value, plugin.distribution, plugin.version, commands, gives, reasons


class Check(Lister):
    """Import and try all that plugins give, and say what does not work."""

    default_format = "text"
    columns = ("status", "plugin", "thing", "problem")

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the names of the plugins to check."""
        parser.add_argument("name", nargs="*", metavar="NAME", help="check these plugins only")

    def take_action(self, args: Namespace) -> tuple[tuple[str, ...], Iterable[tuple[str, ...]]]:
        """One row for each thing a plugin gives."""
        installed = self.app.host.plugins
        if missing := set(args.name) - {plugin.name for plugin in installed}:
            raise NothingMatchedError(f"there is no plugin {min(missing)}", "ess plugin list")
        chosen = [plugin for plugin in installed if plugin.name in args.name or not args.name]
        return self.columns, self._rows(
            finding for plugin in chosen for finding in findings(self.app, plugin)
        )

    def _rows(self, found: Iterable[Finding]) -> Iterator[tuple[str, ...]]:
        problems = 0
        for finding in found:
            problems += bool(finding.problem)
            yield "failed" if finding.problem else "ok", finding.plugin, finding.thing, finding.problem
        if problems:
            raise EssError("1 problem" if problems == 1 else f"{problems} problems")
