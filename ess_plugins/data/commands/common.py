"""What the commands on files share: which datastore they work on."""

import argparse

from ess_core.files import Datastore, opening, selected
from ess_core.host.command import BaseCommand


def add_label(parser: argparse.ArgumentParser) -> None:
    """Add ``--label``."""
    parser.add_argument(
        "--label", default="", metavar="LABEL", help="the datastore to work on, instead of the active one"
    )


def chosen(command: BaseCommand, args: argparse.Namespace) -> Datastore:
    """The datastore of ``--label``, or the active one. Raises UsageError where there is none."""
    return opened(command, selected.find(args.label).url)


def url_of(label: str) -> str:
    """The URL of the datastore of a label, or of the active one; empty where none is selected."""
    if label:
        return selected.find(label).url
    return next((one.url for one in selected.known() if one.is_active), "")


def opened(command: BaseCommand, url: str) -> Datastore:
    """The datastore of a URL; a folder of this machine needs neither a configuration nor AWS."""
    return opening.opened(url, command)
