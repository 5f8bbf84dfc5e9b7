"""PostgreSQL's errors where Redshift has others."""

from ess_plugins.sandbox.redshift.sql.tables import BYTES
from ess_plugins.sandbox.redshift.wire.messages import Report, report_fields


def redshift(body: bytes, pid: int) -> Report | None:
    """What Redshift says in place of an error of PostgreSQL's; None where it says the same."""
    fields = report_fields(body)
    if fields.get("C") == "40001":
        return serialization(pid)
    if fields.get("C") == "23514" and fields.get("n", "").startswith(BYTES):
        return Report("value too long for type character varying", "22001")
    return None


def serialization(pid: int) -> Report:
    """A transaction cannot be put in any order with the others."""
    cycle = f"transactions forming the cycle are: 1, 2 (pid:{pid})"
    return Report("1023", detail=f"Serializable isolation violation on table - 1, {cycle}")
