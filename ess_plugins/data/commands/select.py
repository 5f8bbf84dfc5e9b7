"""`ess select`: arguments and output."""

import argparse

from ess_core.files import selected
from ess_core.files.levels import level
from ess_core.files.local import SCHEME
from ess_core.files.opening import opened
from ess_core.host.command import BaseCommand


class Select(BaseCommand):
    """Choose the datastore that other commands work on.

    It is kept under a label: `local` for a folder of this machine, the address without its scheme for any
    other, or what --label says. A label alone chooses its datastore again. The datastore is asked for its
    first file, so that a wrong name or a missing permission is said now.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "datastore", metavar="local|s3://BUCKET[/FOLDER]|LABEL", help="a place, or the label of one"
        )
        parser.add_argument(
            "folder", nargs="?", metavar="DIR", help="for `local`: which folder (default: the working one)"
        )
        parser.add_argument("--label", default="", metavar="LABEL", help="keep it under this name")
        parser.add_argument(
            "--overwrite", action="store_true", help="let a label stand for this, whatever it stood for"
        )

    def take_action(self, args: argparse.Namespace) -> None:
        url = selected.address(args.datastore, args.folder)
        store = opened(url, self)
        next(level(store), None)
        label = args.label or selected.usual_label(args.datastore)
        is_root = store.url == SCHEME  # which is no URL without the folder
        kept = selected.select(url if is_root else store.url, label, overwrite=args.overwrite)
        self.say(f"working on {kept.url} (label {kept.label})")
