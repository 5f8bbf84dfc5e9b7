"""What the commands on files share: which datastore they work on."""

import argparse

from ess_core.files import Datastore, selected
from ess_core.files.dates import AUTO
from ess_core.files.opening import opened
from ess_core.host.command import BaseCommand


def add_label(parser: argparse.ArgumentParser) -> None:
    """Add ``--label``."""
    parser.add_argument(
        "--label", default="", metavar="LABEL", help="the datastore to work on, instead of the active one"
    )


def add_dateregex(parser: argparse.ArgumentParser, *words: str) -> None:
    """Add what says how the date in a name is found, under these words."""
    parser.add_argument(
        *words,
        default=AUTO,
        metavar="FORMAT",
        help="the date in a name: auto, none, or a regex such as '[:%%Y:][:%%m:][:%%d:]'",
    )


def chosen(command: BaseCommand, args: argparse.Namespace) -> Datastore:
    """The datastore of ``--label``, or the active one. Raises UsageError where there is none."""
    return opened(selected.find(args.label).url, command)


def url_of(label: str) -> str:
    """The URL of the datastore of a label, or of the active one; empty where none is selected."""
    if label:
        return selected.find(label).url
    return next((one.url for one in selected.known() if one.is_active), "")
