"""Which warehouse a command works on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ess_core.conf import Conf
from ess_core.errors import ConfigError, UsageError
from ess_plugins.redshift import registrations
from ess_plugins.redshift.schema import SECTION_NAME
from ess_plugins.redshift.warehouse import Auth, Kind, Warehouse


def chosen(conf: Conf, label: str, region: str) -> Warehouse:
    """The one of ``label``, else the active one, else that of ``[Redshift]`` in instance.conf.

    ``region`` is that of a warehouse of the conf; a registered one has its own. Where a registered one says
    nothing of iam_role or staging, the conf does. Raises UsageError where there is none.
    """
    section = conf.section(SECTION_NAME)
    registered = registrations.find(label) if label else registrations.active()
    if registered:
        return replace(
            registered,
            iam_role=registered.iam_role or section.get("iam_role", ""),
            staging=registered.staging or section.get("staging", ""),
        )
    if found := _of_conf(section, region):
        return _complete(conf, found)
    raise UsageError("no warehouse is registered", registrations.HOW)


def _of_conf(section: Mapping[str, Any], region: str) -> Warehouse | None:
    kind = Kind.WORKGROUP if "workgroup" in section else Kind.CLUSTER
    if kind not in section:
        return None
    return Warehouse(
        label="",
        kind=kind,
        name=section[kind],
        database=section.get("database", ""),
        user=section.get("user", ""),
        auth=Auth(section["auth"]),
        region=region,
        secret_arn=section.get("secret_arn", ""),
        host=section.get("host", ""),
        port=section.get("port", 0),
        iam_role=section.get("iam_role", ""),
        staging=section.get("staging", ""),
    )


def _complete(conf: Conf, warehouse: Warehouse) -> Warehouse:
    try:
        warehouse.check()
    except UsageError as error:
        where = conf.where(SECTION_NAME, warehouse.kind)
        raise ConfigError(f"{where}: {error.message}", error.hint) from error
    return warehouse
