"""AWS as a worker sees it: with the node's own role, or with a key that was lent to it."""

import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from ess_core.cloud import Cloud
from ess_core.cloud.static import AccessKey, Static, read
from ess_core.conf import Conf
from ess_core.conf.find import Overrides

if TYPE_CHECKING:
    import botocore.session

_TELLING_WHERE = ("AWS_ENDPOINT_URL", "AWS_USE_")


@dataclass(frozen=True)
class Access:
    """Where AWS is for a task, and as whom it asks: with ``key``, or without one as the node itself.

    ``places`` are variables that say where AWS's services are; ``command`` is named in the user agent.
    """

    region: str
    command: str = ""
    places: tuple[tuple[str, str], ...] = ()
    key: AccessKey | None = None


def places() -> tuple[tuple[str, str], ...]:
    """The variables of this process that say where AWS is."""
    return tuple(
        sorted((name, value) for name, value in os.environ.items() if name.startswith(_TELLING_WHERE))
    )


@lru_cache(maxsize=4)
def cloud(access: Access) -> Cloud:
    """AWS for this process; one for all tasks that have the same access, as clients take long to make."""
    os.environ.update(access.places)
    return _LentCloud(access)


def has_own() -> bool:
    """Whether this node can ask AWS as itself: it has an instance profile, or keys of its own."""
    import botocore.session

    return botocore.session.Session().get_credentials() is not None


class _LentCloud(Cloud):
    def __init__(self, access: Access) -> None:
        super().__init__(Conf(overrides=Overrides(region=access.region)), access.command)
        self._key = access.key

    @cached_property
    def session(self) -> "botocore.session.Session":
        session = self._keyless
        if key := self._key:
            session.set_credentials(key.access_key_id, key.secret_access_key, key.token)
        return session

    @cached_property
    def static(self) -> Static | None:
        found = read(self._conf, lambda: None) if self._key else None
        return found and Static(found.region, self._key)
