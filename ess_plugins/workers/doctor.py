"""What `ess doctor` says about the engine on the workers."""

from importlib.util import find_spec

from ess_core.cloud.checkup import Case, Finding, Status, needs
from ess_core.conf import scratch as place
from ess_core.errors import EssError, NothingMatchedError
from ess_core.files import open_datastore
from ess_core.files.scratch import Scratch
from ess_plugins.workers import roster
from ess_plugins.workers.cluster import current

INSTALL = "pip install 'essentia-aws[workers]'"


def engine(case: Case) -> str | Finding:
    """The engine runs on every worker, from what is installed here."""
    if find_spec("distributed") is None:
        return Finding(
            Status.NOTE, "distributed is not installed, so that work stays on this machine", INSTALL
        )
    cluster = current()
    if cluster.record() is None:
        return Finding(Status.NOTE, "no workers are prepared; their first use does that")
    try:
        workers = roster.workers_of(case.conf, case.cloud)
    except NothingMatchedError as error:
        return Finding(Status.NOTE, error.message)
    from ess_plugins.workers import bundle, reaching

    told = reaching.look(cluster, workers)
    if told.digest != bundle.current().digest:
        return Finding(
            Status.NOTE, "the workers have other versions than this machine; the next use changes that"
        )
    missing = [one.id for one in workers if one.id not in told.workers]
    if missing:
        return Finding(Status.NOTE, f"it does not run on {', '.join(missing)}", "ess cluster prepare")
    return f"it runs on {len(workers)} workers, from what is installed here"


@needs("credentials")
def scratch(case: Case) -> str | Finding:
    """Files can be left in scratch, and removed."""
    if not place.url(case.conf):
        hint = f"set {place.KEY} in [{place.SECTION}] to a bucket or a folder in one"
        return Finding(Status.NOTE, "not set, so that work which leaves files stays on this machine", hint)
    store = open_datastore(place.url(case.conf), case.cloud)
    with Scratch(store, _raise):
        pass
    return f"files can be left in {store.url}"


def _raise(text: str) -> None:
    raise EssError(text)
