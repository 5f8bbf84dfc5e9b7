"""What happens to a cluster and so to its engine: workers join, leave, and are gone."""

from collections.abc import Callable, Sequence

from ess_core.errors import EssError, PartlyDoneError
from ess_core.nodes.events import Change
from ess_core.nodes.worker import Worker
from ess_plugins.workers.cluster import Cluster


def started(change: Change) -> None:
    """Prepare workers that have started where that was asked for, or where others of them work already.

    Raises PartlyDoneError naming those that could not be prepared.
    """
    place, able = Cluster(change.provider, change.cluster), [one for one in change.workers if one.login]
    if change.options.get("add") is False:
        place.forget()  # it is a new cluster; one of its name may have ended by itself
    if able and (place.record() or change.options.get("prepare")):
        _prepare(place, able, change.say)


def before_remove(change: Change) -> None:
    """Let workers that are about to leave end what they do and hand over what they hold."""
    place = Cluster(change.provider, change.cluster)
    record = place.record()
    able = [one for one in change.workers if one.login and one.state == "running"]
    if record is None or not able:
        return
    from ess_core.nodes.loop import complete
    from ess_plugins.workers import draining

    complete(draining.drain(able, record, change.say))
    if record.node in {one.id for one in able}:
        place.forget_engine()


def ended(change: Change) -> None:
    """Drop the keys of a cluster of which nothing is left."""
    if change.is_over:
        Cluster(change.provider, change.cluster).forget()


def _prepare(place: Cluster, workers: Sequence[Worker], say: Callable[[str], None]) -> None:
    from ess_plugins.workers import bundle, engine

    try:
        started = engine.bring_up(place, bundle.current(), workers, engine.Saying(say), joining=True)
    except EssError as error:
        raise PartlyDoneError(
            f"the workers are there, but not prepared: {error.message}", error.hint
        ) from error
    if started.left_out:
        left_out = ", ".join(started.left_out)
        raise PartlyDoneError(
            f"{len(started.left_out)} of {len(workers)} workers are not prepared: {left_out}"
        )
