"""Output formats: which there are, their options, and writing rows with one."""

from argparse import Namespace
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TextIO

from cliff.formatters.base import Formatter, ListFormatter, SingleFormatter

from ess_core.errors import EssError
from ess_core.host.isolation import BrokenError, attempt
from ess_core.host.parser import Parser, adding
from ess_core.registry import REGISTRY, Entry, Kind, resolve

Warn = Callable[[str, BaseException], None]

__all__ = ["Formatter", "add_arguments", "emit_list", "emit_one", "load", "make"]


def add_arguments(parser: Parser, words: Sequence[str], default: str, warn: Warn) -> None:
    """Add ``-f``, ``-c`` and the options of the format among ``words``, or of all where they ask for help."""
    group = parser.add_argument_group("output")
    names = sorted(entry.name for entry in REGISTRY.of(Kind.FORMATTER))
    group.add_argument(
        "-f",
        "--format",
        dest="output_format",
        choices=names,
        default=default,
        metavar="FORMAT",
        help=f"one of {', '.join(names)} (default: {default})",
    )
    group.add_argument(
        "-c",
        "--column",
        dest="output_columns",
        action="append",
        default=[],
        metavar="COLUMN",
        help="show this column only; repeat for more",
    )
    for name in names if _asks_for_help(words) else [_chosen(words, default)]:
        _add_options(parser, name, warn)


def load(name: str, args: Namespace) -> Formatter:
    """Make the formatter ``name`` and give ``args`` its defaults. Raises BrokenError where it fails."""
    own = Parser(prog=name)
    formatter = _usable(name, own)
    for option, value in vars(own.parse_args([])).items():
        if not hasattr(args, option):
            setattr(args, option, value)
    return formatter


def emit_list(
    formatter: Formatter, names: Sequence[str], rows: Iterable[Sequence[Any]], stdout: TextIO, args: Namespace
) -> None:
    """Write rows. Raises EssError where the format is for single things only."""
    if not isinstance(formatter, ListFormatter):
        raise EssError(f"format '{args.output_format}' cannot show a list", "choose another with -f")
    formatter.emit_list(names, rows, stdout, args)


def emit_one(
    formatter: Formatter, names: Sequence[str], values: Sequence[Any], stdout: TextIO, args: Namespace
) -> None:
    """Write one thing; a format for lists only shows a list of one."""
    if isinstance(formatter, SingleFormatter):
        formatter.emit_one(names, values, stdout, args)
    else:
        emit_list(formatter, names, [values], stdout, args)


def make(entry: Entry) -> Formatter:
    """The formatter an entry stands for. Raises what its class raises, and TypeError where it is none."""
    formatter = resolve(entry)()
    if not isinstance(formatter, Formatter):
        raise TypeError(f"output format '{entry.name}' of plugin {entry.plugin} is not a cliff formatter")
    return formatter


def _add_options(parser: Parser, name: str, warn: Warn) -> None:
    try:
        _usable(name, parser)
    except BrokenError as error:
        warn(error.message, error)


def _usable(name: str, parser: Parser) -> Formatter:
    """The formatter, its options added to ``parser``. Raises BrokenError, which names its plugin."""
    entry = REGISTRY.find(Kind.FORMATTER, name)
    if entry is None:
        raise EssError(f"there is no output format '{name}'")
    try:
        return attempt(lambda: _made(entry, parser))
    except BrokenError as error:
        raise BrokenError(f"plugin {entry.plugin}: no output format '{name}': {error.message}") from error


def _made(entry: Entry, parser: Parser) -> Formatter:
    formatter = make(entry)
    with adding(parser):
        formatter.add_argument_group(parser)
    return formatter


def _chosen(words: Sequence[str], default: str) -> str:
    scan = Parser()
    scan.add_argument("-f", "--format", default=default)
    scan.add_argument("-v", "-q", action="store_true")
    name = str(scan.parse_known_args(_own(words))[0].format)
    return name if REGISTRY.find(Kind.FORMATTER, name) else default


def _asks_for_help(words: Sequence[str]) -> bool:
    return not {"-h", "--help"}.isdisjoint(_own(words))


def _own(words: Sequence[str]) -> list[str]:
    words = list(words)
    return words[: words.index("--")] if "--" in words else words
