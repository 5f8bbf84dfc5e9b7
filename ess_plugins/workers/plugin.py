"""What the workers plugin adds to ess."""

from collections.abc import Iterator

from ess_core.host import Command, hookimpl


@hookimpl
def ess_commands() -> Iterator[Command]:
    yield from ()
