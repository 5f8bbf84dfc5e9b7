"""Which permissions do these commands need?"""

import argparse
import json
from argparse import Namespace

from ess_core.errors import NothingMatchedError
from ess_core.host.command import BaseCommand
from ess_core.host.policy import named, policy
from ess_core.registry import REGISTRY, Kind


class Policy(BaseCommand):
    """Print the least IAM policy for the installed commands."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the commands."""
        parser.add_argument(
            "command", nargs="*", metavar="COMMAND", help="only for these commands and groups, such as s3"
        )

    def take_action(self, args: Namespace) -> None:
        """Write the policy document as JSON."""
        names = {declared.name for declared in named(self.app.host.commands, args.command)}
        statements = [
            statement for entry in REGISTRY.of(Kind.IAM) if entry.name in names for statement in entry.value
        ]
        if not statements:
            raise NothingMatchedError(f"no permission is needed for: {', '.join(sorted(names))}")
        self.app.stdout.write(json.dumps(policy(statements), indent=2) + "\n")
