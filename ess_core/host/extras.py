"""Options that plugins add to other plugins' commands."""

from collections.abc import Callable

from ess_core.host.isolation import BrokenError, attempt
from ess_core.host.parser import Parser, adding
from ess_core.registry import REGISTRY, Entry, Kind, resolve

Warn = Callable[[str, BaseException], None]


def with_extras(command: str, build: Callable[[], Parser], warn: Warn) -> Parser:
    """The parser that ``build`` makes, with the options added by every plugin whose options fit.

    Those that fail are left out with a warning; a parser cannot forget, so it is then built anew.
    """
    entries = REGISTRY.named(Kind.COMMAND_OPTIONS, command)
    while True:
        parser = build()
        failed = next((entry for entry in entries if not _added(parser, entry, warn)), None)
        if failed is None:
            return parser
        entries.remove(failed)


def _added(parser: Parser, entry: Entry, warn: Warn) -> bool:
    try:
        attempt(lambda: add(parser, entry))
    except BrokenError as error:
        warn(f"plugin {entry.plugin}: its options for '{entry.name}' are left out: {error.message}", error)
        return False
    return True


def add(parser: Parser, entry: Entry) -> None:
    """Add one plugin's options. Raises what it raises; TypeError or ArgumentError where they do not fit."""
    count = len(parser.actions)
    with adding(parser):
        resolve(entry)(parser.add_argument_group(f"options of plugin {entry.plugin}"))
    for action in parser.actions[count:]:
        if action.required or not action.option_strings:
            raise TypeError(f"'{action.dest}' is not optional")
        if isinstance(action.default, str):
            parser._get_value(action, action.default)  # a default that does not fit would end every run
    parser.format_help()  # as would a stray % every --help
