"""The engine of the active cluster: found running, else prepared and started."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ess_core.errors import EssError
from ess_core.nodes.loop import complete
from ess_core.nodes.worker import Worker
from ess_plugins.workers import bundle, cluster, roster, tunnel
from ess_plugins.workers.bundle import Bundle
from ess_plugins.workers.cluster import Cluster
from ess_plugins.workers.reaching import Engine, Way, way_to
from ess_plugins.workers.starting import Report, Started, Starting
from ess_plugins.workers.tunnel import Background

if TYPE_CHECKING:
    from ess_core.cloud import Cloud
    from ess_core.conf import Conf

__all__ = ["Engine", "Saying", "bring_up", "running"]


@contextmanager
def running(conf: "Conf", cloud: "Cloud", say: Callable[[str], None]) -> Iterator[Engine]:
    """The engine on the active cluster's workers; its tunnel is held while the block is open.

    Where a node is not prepared, or for other versions than are installed here, or nothing runs there, that
    is made good first. A node with which that does not work is named through ``say`` and left out.

    Raises EssError where no node can work, and NothingMatchedError where there is none.
    """
    workers = roster.workers_of(conf, cloud)
    place, wanted = cluster.current(), bundle.current()
    with tunnel.background() as background, ExitStack() as tunnels:
        way = _found(place, wanted, workers, background, tunnels)
        if way is None:
            started = bring_up(place, wanted, workers, Saying(say))
            way = tunnels.enter_context(way_to(place, started.record, workers, background))
        yield way.engine()


def bring_up(
    place: Cluster,
    wanted: Bundle,
    workers: Sequence[Worker],
    report: Report,
    *,
    all_or_nothing: bool = False,
    replace: bool = False,
    joining: bool = False,
) -> Started:
    """Prepare the nodes and start the engine on them; what is done already is left alone.

    With ``all_or_nothing`` nothing is started where a node cannot be prepared. ``replace`` ends an engine
    that this machine has no keys of. With ``joining`` the nodes join the scheduler that runs.
    Raises EssError where no node can work.
    """
    with place.changing():
        starting = Starting(place, wanted, report, replace=replace)
        return complete(_bring_up(starting, workers, all_or_nothing=all_or_nothing, joining=joining))


async def _bring_up(
    starting: Starting, workers: Sequence[Worker], *, all_or_nothing: bool, joining: bool
) -> Started:
    started = await starting.prepare(workers)
    if started.left_out and (all_or_nothing or not started.prepared):
        raise _not_ready(started, len(workers))
    await starting.start(workers, joining=joining)
    if started.record is None or len(started.left_out) == len(workers):
        raise _not_ready(started, len(workers))
    return started


def _not_ready(started: Started, total: int) -> EssError:
    name, first = next(iter(started.left_out.items()))
    return EssError(
        f"{len(started.left_out)} of {total} workers are not ready; {name}: {first.message}", first.hint
    )


def _found(
    place: Cluster, wanted: Bundle, workers: Sequence[Worker], background: Background, tunnels: ExitStack
) -> Way | None:
    """The way to the engine where it runs on all these workers, from what is installed here."""
    record = place.record()
    if record is None or record.digest != wanted.digest:
        return None
    try:
        way = tunnels.enter_context(way_to(place, record, workers, background))
        told = way.ask()
        if told.digest == wanted.digest and told.workers >= {one.id for one in workers}:
            return way
    except EssError:
        pass  # it is started again, and says then why that does not work
    tunnels.close()
    return None


class Saying:
    """A report to one who only listens."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.note = say

    def count(self, text: str, done: int, wanted: int | None) -> None:
        """Say nothing: the lines of the nodes are enough."""
