"""What the commands that look into files share: options that say what a file's text is."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ess_core.tables.sniffing.given import Given


def add_extraction(parser: argparse.ArgumentParser) -> None:
    """Add what says how a file becomes text; each is None where it is not given."""
    parser.add_argument(
        "--archive", metavar="PATTERN", help="which members of archives, such as '*.csv' (default: all)"
    )
    parser.add_argument(
        "--compression",
        metavar="NAME",
        help="what a file must be: none, gz, bz2, xz, zst, zip or tar; none takes its bytes as they are "
        "(default: what its bytes say)",
    )
    parser.add_argument(
        "--preprocess", metavar="COMMAND", help="a shell command that each text goes through first"
    )


def add_given(parser: argparse.ArgumentParser, *, skip: bool = False) -> None:
    """Add what says which columns a text has; ``skip`` adds ``--allx``."""
    parser.add_argument("--delimiter", metavar="TEXT", help=r"what is between cells, such as \t, \x01, ||")
    types = parser.add_mutually_exclusive_group()
    types.add_argument("--columnspec", metavar="SPEC", help="the columns, such as 'S:name I:id X'")
    types.add_argument("--alls", action="store_true", help="take every column for text")
    if skip:
        types.add_argument(
            "--allx", action="store_true", help="skip every column, to name those that are wanted later"
        )


def given(args: argparse.Namespace) -> "Given":
    """What the user says of the columns. Raises UsageError where that cannot be."""
    from ess_core.tables import columnspec
    from ess_core.tables.sniffing.given import Given, delimiter

    kinds = {"alls": columnspec.ColumnType.TEXT, "allx": columnspec.ColumnType.SKIP}
    return Given(
        "" if args.delimiter is None else delimiter(args.delimiter),
        None if args.columnspec is None else columnspec.parse(args.columnspec),
        next((kind for name, kind in kinds.items() if getattr(args, name, False)), None),
    )
