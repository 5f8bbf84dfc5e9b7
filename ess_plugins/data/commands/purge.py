"""`ess purge`: arguments and output."""

import argparse

from ess_core.files import selected
from ess_core.host.command import BaseCommand


class Purge(BaseCommand):
    """Forget a datastore; its files stay."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("label", metavar="LABEL", help="as `ess repository` shows it")

    def take_action(self, args: argparse.Namespace) -> None:
        gone = selected.purge(args.label)
        self.say(f"forgot {gone.url} (label {gone.label}); its files are untouched")
        if gone.is_active:
            self.say("no datastore is selected now")
