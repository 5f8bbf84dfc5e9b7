"""`ess redshift list`: arguments and output."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, fields
from typing import Any

from ess_core.cloud import denied
from ess_core.host.command import Lister
from ess_plugins.redshift.clusters import Listed, clusters, workgroups


class List(Lister):
    """Show the Redshift clusters and serverless workgroups of the account."""

    columns = tuple(field.name for field in fields(Listed))

    def take_action(self, args: argparse.Namespace) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:  # noqa: ARG002 - it has none
        return self.columns, map(astuple, self._all())

    def _all(self) -> Iterator[Listed]:
        yield from clusters(self.cloud.client("redshift"))
        serverless = self.cloud.client("redshift-serverless")
        try:
            yield from workgroups(serverless)
        except serverless.exceptions.ClientError as error:
            if not denied(error):
                raise
            self.warn("these credentials may not list serverless workgroups")
