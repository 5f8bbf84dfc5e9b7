"""User and password of one connection; neither is ever kept."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ess_core.cloud import Cloud
from ess_core.cloud.failures import code
from ess_core.errors import EssError
from ess_plugins.redshift.warehouse import Auth, Kind, Warehouse

_LASTS_S = 900
"""The shortest that temporary credentials can last; they are for logging in, and a session goes on after."""

_NOT_FOUND = "ResourceNotFoundException"

Ask = Callable[[], str]
"""Gets the password from who types the command."""


@dataclass(frozen=True)
class Login:
    """Who logs in, and with what."""

    user: str
    password: str = field(repr=False)


def login(cloud: Cloud, warehouse: Warehouse, ask: Ask) -> Login:
    """The login of ``warehouse``; ``ask`` is called only where its password is typed."""
    if warehouse.auth is Auth.PASSWORD:
        return Login(warehouse.user, ask())
    if warehouse.auth is Auth.SECRET:
        return _of_secret(cloud, warehouse)
    if warehouse.kind is Kind.WORKGROUP:
        return _of_workgroup(cloud, warehouse)
    return _of_cluster(cloud, warehouse)


def _of_cluster(cloud: Cloud, warehouse: Warehouse) -> Login:
    """Temporary credentials: for the user that was named, else for the one who stands for the caller.

    Source: https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html
    """
    redshift = cloud.client("redshift", region=warehouse.region)
    where = {
        "ClusterIdentifier": warehouse.name,
        "DbName": warehouse.database,
        "DurationSeconds": _LASTS_S,
    }
    if warehouse.user:
        given = redshift.get_cluster_credentials(DbUser=warehouse.user, AutoCreate=False, **where)
    else:
        given = redshift.get_cluster_credentials_with_iam(**where)
    return Login(given["DbUser"], given["DbPassword"])


def _of_workgroup(cloud: Cloud, warehouse: Warehouse) -> Login:
    """Temporary credentials for the user who stands for the caller; serverless knows no other.

    Source: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_GetCredentials.html
    """
    serverless = cloud.client("redshift-serverless", region=warehouse.region)
    given = serverless.get_credentials(
        workgroupName=warehouse.name, dbName=warehouse.database, durationSeconds=_LASTS_S
    )
    return Login(given["dbUser"], given["dbPassword"])


def _of_secret(cloud: Cloud, warehouse: Warehouse) -> Login:
    """What Secrets Manager keeps, in the form that it gives secrets of databases.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
    """
    arn = warehouse.secret_arn
    manager = cloud.client("secretsmanager", region=arn.split(":")[3])
    try:
        text = manager.get_secret_value(SecretId=arn).get("SecretString", "")
    except Exception as error:
        if code(error) != _NOT_FOUND:
            raise
        raise EssError(
            f"there is no secret {arn}", "the ARN is on the secret's page of the console"
        ) from error
    content = _object(text)
    user, password = content.get("username") or warehouse.user, content.get("password")
    if not (user and isinstance(user, str) and password and isinstance(password, str)):
        raise EssError(
            f"the secret {arn} is not one of a database: it needs username and password",
            'its text is to be JSON such as {"username": "admin", "password": "…"}',
        )
    return Login(user, password)


def _object(text: str) -> dict[str, Any]:
    """The JSON object of a secret; an empty one where it is none, of which nothing may be shown."""
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
