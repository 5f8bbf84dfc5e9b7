"""What a warehouse says of itself, where that costs it little."""

import re
from dataclasses import dataclass

from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.failures import Problem, RedshiftError

_VERSION = re.compile(r"Redshift [0-9.]+")


@dataclass(frozen=True)
class Facts:
    """Who is logged in where, and the version of the server."""

    user: str
    database: str
    version: str


def of(connection: Connection) -> Facts:
    """The facts of the session."""
    (row,) = connection.execute("SELECT current_user, current_database(), version()").rows
    user, database, version = map(str, row)
    found = _VERSION.search(version)
    return Facts(user.strip(), database.strip(), found[0] if found else version)


def slices(connection: Connection) -> int | None:
    """How many slices the nodes have; None where the user may not know, and for serverless.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_STV_SLICES.html
    """
    try:
        return int(connection.execute("SELECT count(*) FROM stv_slices").rows[0][0])
    except RedshiftError as error:
        if error.problem not in (Problem.DENIED, Problem.STATEMENT):
            raise
        return None
