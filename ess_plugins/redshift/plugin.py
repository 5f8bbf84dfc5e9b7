"""What the redshift plugin adds to ess."""

from collections.abc import Iterator, Mapping
from typing import Any

from ess_core.host import Command, hookimpl


@hookimpl
def ess_commands() -> Iterator[Command]:
    yield Command(
        "redshift list", "ess_plugins.redshift.commands:List", "Show the Redshift clusters of the account."
    )


@hookimpl
def ess_checks() -> Mapping[str, str]:
    return {"redshift clusters": "ess_plugins.redshift.doctor:clusters"}


@hookimpl
def ess_iam() -> Mapping[str, Any]:
    look = [{"Action": ["redshift:DescribeClusters"], "Resource": ["*"]}]
    return {"doctor": look, "redshift list": look}
