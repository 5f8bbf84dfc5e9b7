"""The options of every command, which may stand before the command or after it."""

import argparse
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.host.parser import Parser

if TYPE_CHECKING:
    from ess_core.conf import Overrides


_PREFIX = "ess_"


@dataclass(frozen=True)
class Options:
    """What the global options say."""

    conf: Path | None = None
    credentials: str | None = None
    profile: str | None = None
    region: str | None = None
    no_plugins: bool = False
    debug: bool = False
    quiet: bool = False
    verbose: int = 0

    @property
    def overrides(self) -> "Overrides":
        """Those that configuration is loaded with."""
        from ess_core.conf import Overrides

        return Overrides(self.conf, self.credentials, self.profile, self.region)


def add_to(parser: Parser, *, hidden: bool) -> None:
    """Add the global options to the parser of ess or of one command.

    Their destinations start with ``ess_``, so that no command's own argument can overwrite them.
    """
    group = parser.add_argument_group("global options, before the command or after it")

    def add(*names: str, text: str, **settings: object) -> None:
        dest = _PREFIX + names[-1].lstrip("-").replace("-", "_")
        shown = argparse.SUPPRESS if hidden else text
        group.add_argument(*names, dest=dest, help=shown, default=argparse.SUPPRESS, **settings)  # type: ignore[arg-type]

    add("--conf", type=Path, metavar="FILE", text="the configuration file, instead of ./instance.conf")
    add(
        "--credentials",
        metavar="CSV",
        text="access keys as the AWS console saves them (file.csv or file.csv#user)",
    )
    add("--profile", metavar="NAME", text="a profile of ~/.aws/config")
    add("--region", metavar="REGION", text="the AWS region")
    add("--no-plugins", action="store_true", text="leave out the plugins that did not come with ess")
    add("--debug", action="store_true", text="show tracebacks and what ess does in detail")
    add("-v", "--verbose", action="count", text="say more")
    add("-q", "--quiet", action="store_true", text="say nothing but errors")


def leading(words: list[str], base: Namespace | None = None) -> Namespace:
    """Parse what stands before the command; ``.words`` is the command and all after it.

    Only these words are looked at: ``-q`` after the command is parsed with the command's own options.
    ``base`` gives options that hold where the words say nothing else.
    """
    given = app_parser().parse_args(words, only(base or Namespace()))
    if given.words[:1] == ["--"]:
        del given.words[0]
    return given


def only(args: Namespace) -> Namespace:
    """The global options among parsed arguments, for a command's parser to start from."""
    return Namespace(**{name: value for name, value in vars(args).items() if name.startswith(_PREFIX)})


def of(args: Namespace) -> Options:
    """What the global options among parsed arguments say."""
    return Options(**{name.removeprefix(_PREFIX): value for name, value in vars(only(args)).items()})


def app_parser() -> Parser:
    """The parser of ess itself."""
    parser = Parser(prog="ess", usage="ess [global options] COMMAND …")
    parser.add_argument("-h", "--help", action="store_true", help="show help and exit")
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    add_to(parser, hidden=False)
    parser.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def early(words: list[str]) -> Options:
    """The options that must be known before plugins are loaded, wherever they stand before ``--``."""
    parser = Parser(prog="ess")
    parser.add_argument("--conf", type=Path)
    parser.add_argument("--no-plugins", action="store_true")
    parser.add_argument("--debug", action="store_true")
    end = words.index("--") if "--" in words else len(words)
    found, _ = parser.parse_known_args(words[:end])
    return Options(conf=found.conf, no_plugins=found.no_plugins, debug=found.debug)
