"""`ess sandbox demo`."""

import argparse
import os
import tempfile
from pathlib import Path

from ess_core import interrupts
from ess_core.host.command import BaseCommand
from ess_plugins.sandbox import control
from ess_plugins.sandbox.settings import Settings
from ess_plugins.sandbox.tour import Tour


class Demo(BaseCommand):
    """Walk through ess on a simulated AWS."""

    def take_action(self, args: argparse.Namespace) -> None:  # noqa: ARG002 - it has no arguments
        with tempfile.TemporaryDirectory(prefix="ess-demo-") as place:
            folder = Path(place).resolve() / "ess-sandbox"
            self._tell(
                "Starting a simulated AWS on this machine: EC2, S3, Redshift. Nothing leaves 127.0.0.0/8."
            )
            try:
                running = control.start(Settings(folder))
                self._tell(
                    f"It answers at {running.ready.endpoint}; workers are real processes of this user."
                )
                Tour(running, self._tell, self._show).run()
            finally:
                with interrupts.deferred():
                    self._stop(folder)

    def _stop(self, folder: Path) -> None:
        if folder.exists():
            control.stop(folder)
            self._tell("The simulated AWS has ended; no process and no file of it is left.")

    def _tell(self, text: str) -> None:
        self._show(f"\n\033[1m{text}\033[0m\n" if self._has_colors() else f"\n{text}\n")

    def _show(self, text: str) -> None:
        self.app.stdout.write(text)
        self.app.stdout.flush()

    def _has_colors(self) -> bool:
        return (
            self.app.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )
