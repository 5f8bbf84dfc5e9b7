"""The session of a load: a connection, and a table of its own into which COPY puts what is staged."""

from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.loading import transaction
from ess_plugins.redshift.loading.access import Access
from ess_plugins.redshift.loading.copies import Copying
from ess_plugins.redshift.loading.model import Load
from ess_plugins.redshift.loading.staging import StagingArea


def begun(connection: Connection, area: StagingArea, plan: Load, access: Access) -> Copying:
    """Make the session's table. Raises EssError where the target is not any more what it was."""
    try:
        return Copying(connection, area, plan, access)
    except RedshiftError as error:
        if error.problem is Problem.STATEMENT:
            transaction.unchanged(connection, plan)  # it has better words
        raise
