"""What the sandbox plugin adds to ess."""

from collections.abc import Iterator

from ess_core.host import Command, hookimpl

COMMANDS = "ess_plugins.sandbox.commands"


@hookimpl
def ess_commands() -> Iterator[Command]:
    yield Command("sandbox demo", f"{COMMANDS}.demo:Demo", "Walk through ess on a simulated AWS.")
    yield Command("sandbox env", f"{COMMANDS}.env:Env", "Print what points a shell to the sandbox.")
    yield Command("sandbox start", f"{COMMANDS}.start:Start", "Start a simulated AWS on this machine.")
    yield Command("sandbox status", f"{COMMANDS}.status:Status", "Show the sandbox of a folder.")
    yield Command("sandbox stop", f"{COMMANDS}.stop:Stop", "End the sandbox and remove what it wrote.")
