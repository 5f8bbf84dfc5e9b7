"""What a table that is made anew does not have of the old one."""

from collections.abc import Sequence

from ess_plugins.redshift.connecting import Connection, Row
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.loading.target import Target

_PRIVILEGES = (
    "SELECT privilege_type, identity_type, identity_name FROM svv_relation_privileges "
    "WHERE namespace_name = %s AND relation_name = %s ORDER BY 1, 2, 3"
)
"""Source: https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_RELATION_PRIVILEGES.html"""


def not_carried_over(connection: Connection, target: Target) -> tuple[str, ...]:
    """Lines that say what is to be done again after --replace-table."""
    name = target.name.title
    lines = [
        f"--replace-table makes {name} anew, with the columns, defaults, distkey and sortkey of the old one; "
        "keys to other tables, comments and its owner are not carried over"
    ]
    if target.primary_key:
        lines.append(f"its primary key is not carried over: {', '.join(target.primary_key)}")
    grants = [f"{privilege} to {kind} {who}" for privilege, kind, who in _grants(connection, target)]
    if grants:
        lines.append(f"its grants are not carried over: {', '.join(grants)}")
    return tuple(lines)


def _grants(connection: Connection, target: Target) -> Sequence[Row]:
    """Who may do what with it, as far as the user may know."""
    try:
        return connection.execute(_PRIVILEGES, (target.name.schema, target.name.table)).rows
    except RedshiftError as error:
        if error.problem not in (Problem.DENIED, Problem.STATEMENT):
            raise
        return ()
