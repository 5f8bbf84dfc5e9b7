"""What a warehouse says of itself, where that costs it little."""

import re
from dataclasses import dataclass
from typing import Protocol

from ess_plugins.redshift.connecting import Answer
from ess_plugins.redshift.failures import Problem, RedshiftError

_VERSION = re.compile(r"Redshift [0-9.]+")


class Runs(Protocol):
    """What runs a statement: a connection, or the Data API."""

    def execute(self, sql: str) -> Answer: ...


@dataclass(frozen=True)
class Facts:
    """Who is logged in where, and the version of the server."""

    user: str
    database: str
    version: str


def of(session: Runs) -> Facts:
    """The facts of the session."""
    (row,) = session.execute("SELECT current_user, current_database(), version()").rows
    user, database, version = map(str, row)
    found = _VERSION.search(version)
    return Facts(user.strip(), database.strip(), found[0] if found else version)


def slices(session: Runs) -> int | None:
    """How many slices the nodes have; None where the user may not know, and for serverless.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_STV_SLICES.html
    """
    try:
        return int(session.execute("SELECT count(*) FROM stv_slices").rows[0][0])
    except RedshiftError as error:
        if error.problem not in (Problem.DENIED, Problem.STATEMENT):
            raise
        return None
