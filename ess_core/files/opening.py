"""Datastores for who has a configuration and AWS; a folder of this machine needs neither."""

from ess_core.files.datastore import Datastore, open_datastore
from ess_core.files.local import SCHEME, Local
from ess_core.nodes.executors import Context


def opened(url: str, context: Context) -> Datastore:
    """The datastore of a URL. Raises as ``open_datastore`` does."""
    return Local(url) if url.startswith(SCHEME) else open_datastore(url, context.cloud)
