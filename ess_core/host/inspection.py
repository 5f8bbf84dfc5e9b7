"""Import and try everything a plugin gives: what `ess plugin check` says."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ess_core.errors import EssError
from ess_core.host import extras, formats
from ess_core.host.commandtable import Declared
from ess_core.host.hookspecs import Command
from ess_core.host.isolation import BrokenError, attempt
from ess_core.host.plugins import Plugin, Status
from ess_core.registry import Entry, Kind, resolve

if TYPE_CHECKING:
    from ess_core.host.app import App


@dataclass(frozen=True)
class Finding:
    """One thing a plugin gives; ``problem`` is empty where it works."""

    plugin: str
    thing: str
    problem: str = ""


def findings(app: "App", plugin: Plugin) -> Iterator[Finding]:
    """Every thing the plugin gives, tried."""
    if plugin.status is not Status.ON:
        yield Finding(plugin.name, "plugin", plugin.reason if plugin.status is Status.BROKEN else "")
        return
    yield from (Finding(plugin.name, "plugin", problem) for problem in plugin.problems)
    for command in plugin.contribution.commands:
        yield Finding(plugin.name, f"command {command.name}", _command_problem(app, command, plugin))
    for entry in plugin.contribution.entries:
        yield Finding(plugin.name, f"{entry.kind.value} {entry.name}", _entry_problem(app, entry))


def _command_problem(app: "App", command: Command, plugin: Plugin) -> str:
    declared = app.host.commands.commands.get(command.name)
    if declared is None or declared.plugin != plugin.name:
        return ""  # refused; the plugin's problems say so
    try:
        found = declared.load()
        _command, parser = app.build(found, command.name, ["--help"])
        attempt(parser.format_help)
    except EssError as error:
        return error.message
    first = (inspect.getdoc(found) or "").partition("\n")[0]
    return "" if first == command.summary else f"summary is {command.summary!r}, docstring begins {first!r}"


def _entry_problem(app: "App", entry: Entry) -> str:
    try:
        attempt(lambda: _try(app, entry))
    except BrokenError as error:
        return error.message
    return ""


def _try(app: "App", entry: Entry) -> None:
    if entry.kind is Kind.CONFIG:
        _try_schema(entry)
    elif entry.kind is Kind.FORMATTER:
        formats.make(entry)
    elif entry.kind is Kind.COMMAND_OPTIONS:
        _try_options(app, entry)
    elif entry.kind is Kind.IAM:
        _declared(app, entry)
    else:
        resolve(entry)


def _try_schema(entry: Entry) -> None:
    from ess_core.conf.schemas import schemas

    if reason := schemas()[1].get(entry.plugin):
        raise BrokenError(reason)


def _try_options(app: "App", entry: Entry) -> None:
    declared = _declared(app, entry)
    command, _parser = app.build(declared.load(), entry.name, [])
    extras.add(command.own_parser(entry.name), entry)


def _declared(app: "App", entry: Entry) -> Declared:
    """The command that an entry is about."""
    declared = app.host.commands.commands.get(entry.name)
    if declared is None:
        raise BrokenError(f"there is no command '{entry.name}'")
    return declared
