"""`ess sandbox start`."""

import argparse
import math
import shlex

from ess_core.host.command import BaseCommand
from ess_plugins.sandbox import control
from ess_plugins.sandbox.commands.common import add_folder
from ess_plugins.sandbox.folder import export_lines
from ess_plugins.sandbox.settings import Settings

_TIMES = {
    "pending": "an instance is pending",
    "boot": "a running instance takes to answer on its SSH port",
    "shutdown": "an instance takes to end or stop",
    "latency": "each API call takes more",
}


class Start(BaseCommand):
    """Start a simulated AWS on this machine."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        add_folder(parser)
        for name, what in _TIMES.items():
            parser.add_argument(f"--{name}", type=_seconds, metavar="S", help=f"seconds that {what}")

    def take_action(self, args: argparse.Namespace) -> None:
        times = {f"{name}_s": getattr(args, name) for name in _TIMES if getattr(args, name) is not None}
        region = self.options.overrides.region or Settings.region
        running = control.start(Settings(args.folder.absolute(), region, times))
        self.app.stdout.write("\n".join(export_lines(running.folder, running.ready)) + "\n")
        self.say(f"a simulated AWS answers at {running.ready.endpoint}; its files are in {running.folder}")
        where = shlex.quote(str(args.folder))
        self.say("commands on its workers run as real processes of this user")
        self.say(f'hint: eval "$(ess sandbox env --dir {where})" points this shell to it')


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds up to 3600")
    return seconds
