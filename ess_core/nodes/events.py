"""Telling plugins that a cluster has changed."""

from collections.abc import Callable, Sequence

from ess_core.errors import EssError
from ess_core.nodes.worker import Worker
from ess_core.registry import REGISTRY, Kind, resolve

EVENTS = ("started", "before_remove", "ended")


def fire(event: str, workers: Sequence[Worker], say: Callable[[str], None]) -> None:
    """Call every plugin's function for ``event`` with the workers concerned.

    One that fails is named through ``say`` and the others are still called: the workers exist either way.
    """
    for entry in REGISTRY.named(Kind.CLUSTER_EVENT, event):
        try:
            resolve(entry)(list(workers))
        except EssError as error:
            say(f"plugin {entry.plugin}, {event}: {error}")
        except Exception as error:  # noqa: BLE001 - a third party's bug must not undo a launch
            say(f"plugin {entry.plugin}, {event}: {type(error).__name__}: {error}")
