"""`ess redshift status`: arguments and output."""

import argparse
from collections.abc import Sequence
from typing import Any

from ess_core.errors import EssError
from ess_core.host.command import ShowOne
from ess_core.host.failures import understood
from ess_plugins.redshift import facts
from ess_plugins.redshift.commands.common import (
    STDIN,
    Via,
    add_via,
    add_warehouse,
    connected,
    data_api,
    warehouse_of,
)
from ess_plugins.redshift.endpoints import Endpoint, described
from ess_plugins.redshift.warehouse import Kind, Warehouse


class Status(ShowOne):
    """Show whether the warehouse can be worked on, and as whom.

    It connects as the other commands do. Where that fails, what is known is shown, and why it failed.
    """

    columns = (
        "label",
        "warehouse",
        "region",
        "status",
        "endpoint",
        "nodes",
        "auth",
        "reachable",
        "version",
        "database",
        "user",
        "slices",
        "iam_role",
        "staging",
    )

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        add_via(parser)
        add_warehouse(parser)

    def run(self, args: argparse.Namespace) -> int:
        """Run the command; its exit code tells whether the warehouse can be worked on."""
        self._failure: EssError | None = None
        code = super().run(args)
        if self._failure:
            raise self._failure
        return code

    def take_action(self, args: argparse.Namespace) -> tuple[Sequence[str], Sequence[Any]]:
        warehouse = warehouse_of(self, args.label)
        known: dict[str, Any] = _asked_for(warehouse)
        try:
            if not warehouse.host:
                known |= _told(described(self.cloud, warehouse))
            known |= {"reachable": True} | self._seen(warehouse, args)
        except Exception as error:
            self._failure = understood(error)
            if self._failure is None:
                raise
            known["reachable"] = False
        return self.columns, [known.get(name) for name in self.columns]

    def _seen(self, warehouse: Warehouse, args: argparse.Namespace) -> dict[str, Any]:
        if args.via == Via.DATA_API:
            return _says(data_api(self, warehouse), warehouse)
        with connected(self, warehouse, STDIN if args.password_stdin else None) as connection:
            return {**_says(connection, warehouse), "endpoint": str(connection.endpoint)}


def _asked_for(warehouse: Warehouse) -> dict[str, Any]:
    port = warehouse.port or ""
    return {
        "label": warehouse.label,
        "warehouse": warehouse.title,
        "region": warehouse.region,
        "endpoint": f"{warehouse.host}:{port}".rstrip(":"),
        "auth": str(warehouse.auth),
        "database": warehouse.database,
        "user": warehouse.user,
        "iam_role": warehouse.iam_role,
        "staging": warehouse.staging,
    }


def _told(endpoint: Endpoint) -> dict[str, Any]:
    """What AWS says."""
    where = str(endpoint) if endpoint.host else ""
    return {"status": endpoint.status, "endpoint": where, "nodes": endpoint.nodes or None}


def _says(session: facts.Runs, warehouse: Warehouse) -> dict[str, Any]:
    """What the warehouse itself says."""
    is_cluster = warehouse.kind is Kind.CLUSTER
    return {**vars(facts.of(session)), "slices": facts.slices(session) if is_cluster else None}
