"""What `ess doctor` says about the engine on the workers."""

from importlib.util import find_spec

from ess_core.cloud.checkup import Case, Finding, Status
from ess_core.errors import NothingMatchedError
from ess_plugins.workers import roster
from ess_plugins.workers.cluster import current

INSTALL = "pip install 'essentia-aws[workers]'"


def engine(case: Case) -> str | Finding:
    """The engine runs on every worker, from what is installed here."""
    if find_spec("distributed") is None:
        return Finding(
            Status.NOTE, "distributed is not installed, so that work stays on this machine", INSTALL
        )
    place = current()
    if place.record() is None:
        return Finding(Status.NOTE, "no workers are prepared; their first use does that")
    try:
        workers = roster.workers_of(case.conf, case.cloud)
    except NothingMatchedError as error:
        return Finding(Status.NOTE, error.message)
    from ess_plugins.workers import bundle, reaching

    told = reaching.look(place, workers)
    if told.digest != bundle.current().digest:
        return Finding(
            Status.NOTE, "the workers have other versions than this machine; the next use changes that"
        )
    missing = [one.id for one in workers if one.id not in told.workers]
    if missing:
        return Finding(Status.NOTE, f"it does not run on {', '.join(missing)}", "ess cluster prepare")
    return f"it runs on {len(workers)} workers, from what is installed here"
