"""What the workers plugin adds to ess."""

from collections.abc import Iterator, Mapping
from typing import Any

from ess_core.host import Command, hookimpl

_COMMANDS = "ess_plugins.workers.commands"


@hookimpl
def ess_commands() -> Iterator[Command]:
    yield Command("exec", f"{_COMMANDS}.exec:Exec", "Run a command on every worker at the same time.")


@hookimpl
def ess_iam() -> Mapping[str, Any]:
    """What it takes to know the workers; where `exec --s3out` may write, only the user can say."""
    look = {"Action": ["ec2:DescribeInstances"], "Resource": ["*"]}
    return {"exec": [look]}
