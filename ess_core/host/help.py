"""Help for ess itself and for lists of commands; a command's own help is its parser's."""

from argparse import Namespace
from collections.abc import Iterable

from ess_core import __version__
from ess_core.host.commandtable import Declared
from ess_core.host.options import app_parser

PURPOSE = "From raw files in a bucket to clean warehouse tables, on EC2 workers started with one command."


def answer(given: Namespace, commands: Iterable[Declared]) -> str:
    """What a command line without a command asks for: the version or the help."""
    return f"ess {__version__}\n" if given.version else app_help(commands)


def app_help(commands: Iterable[Declared]) -> str:
    """What bare ``ess`` and ``ess --help`` show."""
    options = app_parser().format_help()
    usage, _, rest = options.partition("\n\n")
    return (
        f"{usage}\n\n{PURPOSE}\n\ncommands:\n{listing(commands)}\n\n{rest}\nMore on one: ess help COMMAND\n"
    )


def listing(commands: Iterable[Declared]) -> str:
    """One line a command: name and summary."""
    rows = [(command.name, command.summary) for command in commands]
    width = max((len(name) for name, _ in rows), default=0)
    return "\n".join(f"  {name:<{width}}  {summary}" for name, summary in rows)
