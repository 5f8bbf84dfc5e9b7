"""Telling plugins that a cluster has changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ess_core.errors import EssError
from ess_core.nodes.worker import Worker
from ess_core.registry import REGISTRY, Entry, Kind, resolve

EVENTS = ("started", "before_remove", "ended")


@dataclass(frozen=True)
class Change:
    """What happens to a cluster: ``cluster`` is the name that its ``provider`` knows it by.

    ``workers`` are those concerned, and with ``is_over`` nothing is left of the cluster. ``options`` are the
    arguments of the command, among them those that plugins added to it. ``say`` writes a line of progress.
    """

    provider: str
    cluster: str
    workers: Sequence[Worker]
    say: Callable[[str], None]
    options: Mapping[str, Any] = field(default_factory=dict)
    is_over: bool = False


def fire(event: str, change: Change) -> list[EssError]:
    """Call every plugin's function for ``event`` with the change.

    One that fails is named through ``change.say`` and the others are still called: the workers exist either
    way. The errors whose reason is known are returned.
    """
    failed = []
    for entry in REGISTRY.named(Kind.CLUSTER_EVENT, event):
        try:
            resolve(entry)(change)
        except EssError as error:
            _say(change, entry, event, *filter(None, (error.message, error.hint)))
            failed.append(error)
        except Exception as error:  # noqa: BLE001 - a third party's bug must not undo a launch
            _say(change, entry, event, f"{type(error).__name__}: {error}")
    return failed


def _say(change: Change, entry: Entry, event: str, *lines: str) -> None:
    change.say(f"plugin {entry.plugin}, {event}: {'; '.join(lines)}")
