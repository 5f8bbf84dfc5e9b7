"""`ess redshift …`: arguments and output."""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from typing import Any

from ess_core.host.command import Lister
from ess_plugins.redshift.clusters import Cluster, clusters


class List(Lister):
    """Show the Redshift clusters of the account."""

    columns = tuple(field.name for field in fields(Cluster))

    def take_action(self, args: argparse.Namespace) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:  # noqa: ARG002 - it has none
        return self.columns, map(astuple, clusters(self.cloud.client("redshift")))
