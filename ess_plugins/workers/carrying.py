"""An item worked on at a worker, in a process of its own and a folder that nobody else uses."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from ess_core.cloud import Cloud
from ess_core.files import Datastore, open_datastore
from ess_core.files.scratch import fetch, send
from ess_core.nodes import shipping
from ess_core.nodes.shipping import is_shippable
from ess_core.tables.cache.workspace import workspace
from ess_plugins.workers.access import cloud
from ess_plugins.workers.parcels import Delivered, Errand, unpacked


def carry(errand: Errand) -> Delivered:
    """Do it, and leave in scratch the files that are left. Raises what the function does, and EssError."""
    fn, item = unpacked(errand.packed, partial(_cloud, errand))
    if not is_shippable(item):
        return Delivered(fn(item))
    with workspace() as work:
        here = item.within(str(work.spill))
        for key, path in zip(errand.inputs, here.inputs, strict=True):
            fetch(_scratch(errand), key, path)
        result = fn(here)
        keys = tuple(_kept(errand, path) for path in shipping.files(result))
        return Delivered(shipping.within(result, ""), keys)


def call(fn: Callable[[], Any]) -> Any:
    """What a function without an item gives; here, as a process that works has no use for the engine."""
    return fn()


def _kept(errand: Errand, path: str) -> str:
    key = errand.prefix + os.path.basename(path)
    send(path, _scratch(errand), key)
    return key


def _scratch(errand: Errand) -> Datastore:
    return open_datastore(errand.scratch, _cloud(errand))


def _cloud(errand: Errand) -> Cloud:
    assert errand.access, "an item that needs AWS has access to it"
    return cloud(errand.access)
