"""Commands about instance.conf."""

import argparse
import os
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import astuple
from pathlib import Path

from ess_core.errors import ConfigError, EssError, UsageError
from ess_core.host.command import BaseCommand, Lister


class Init(BaseCommand):
    """Write a commented instance.conf to start from."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the permission to overwrite."""
        parser.add_argument("--force", action="store_true", help="overwrite the file where there is one")

    def take_action(self, args: Namespace) -> None:
        """Write to --conf, $ESS_CONF or ./instance.conf."""
        from ess_core.conf.template import template

        path = self.options.conf or Path(os.environ.get("ESS_CONF") or "instance.conf")
        try:
            with path.open("w" if args.force else "x", encoding="utf-8") as stream:
                stream.write(template())
        except FileExistsError:
            raise UsageError(f"{path} exists already", "ess config init --force overwrites it") from None
        except OSError as error:
            raise EssError(f"{path} cannot be written: {error.strerror}") from error
        self.say(f"{path} is written; edit it, then type: ess config check")


class Check(BaseCommand):
    """Say all that is wrong with instance.conf and its credentials."""

    def take_action(self, _args: Namespace) -> None:
        """Write one line a finding."""
        from ess_core.conf import check

        report = check(self.options.overrides)
        self.app.stdout.writelines(f"{problem}\n" for problem in report.problems)
        self.app.stdout.writelines(f"warning: {warning}\n" for warning in report.warnings)
        if report.problems:
            number = len(report.problems)
            raise ConfigError("1 problem" if number == 1 else f"{number} problems")
        self.say("no problems")


class Show(Lister):
    """Show every value in effect and where it came from; secrets are masked."""

    columns = ("section", "key", "value", "origin")

    def take_action(self, _args: Namespace) -> tuple[tuple[str, ...], Iterable[tuple[str, ...]]]:
        """One row a value."""
        from ess_core.conf.show import rows

        return self.columns, map(astuple, rows(self.conf))
