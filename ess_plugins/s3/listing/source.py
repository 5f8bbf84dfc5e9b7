"""The bucket that is listed: where it answers, and how a request for a page of it is written and signed.

botocore gives credentials and endpoint where they are not plainly said; the requests are our own.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote

from ess_core.cloud import AccessKey, Cloud
from ess_plugins.s3.access import OPTIONAL, PAYER, Access, client
from ess_plugins.s3.listing.address import asked_of, bucket_at, endpoint_of
from ess_plugins.s3.listing.sigv4 import signed
from ess_plugins.s3.listing.wire import Route, route


@dataclass(frozen=True)
class Scope:
    """What is listed: ``delimiter`` is empty for every key; ``restore`` asks for each restore status too."""

    bucket: str
    prefix: str = ""
    delimiter: str = ""
    restore: bool = False


@dataclass(frozen=True)
class Ask:
    """Which page is wanted: the one after a key, or the one that a token of the page before stands for."""

    prefix: str
    delimiter: str = ""
    after: str = ""
    token: str = ""

    def after_key(self, after: str, token: str = "") -> "Ask":
        """The same question for another page."""
        return replace(self, after=after, token=token)

    def query(self) -> str:
        """The query string, its names in order as a signature wants them."""
        names = {
            "continuation-token": self.token,
            "delimiter": self.delimiter,
            "encoding-type": "url",
            "list-type": "2",
            "prefix": self.prefix,
            "start-after": "" if self.token else self.after,
        }
        return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in names.items() if value)


@dataclass(frozen=True)
class _Place:
    """Where S3 is asked; ``keys`` gives what a request is signed with, None for an unsigned one."""

    endpoint_url: str
    region: str
    route: Route
    keys: Callable[[], AccessKey] | None


class Source:
    """Shared by all who fetch pages of one scope; a bucket in another region is followed, and remembered."""

    def __init__(self, cloud: Cloud, access: Access, scope: Scope) -> None:
        self.scope = scope
        self.was_reached = False
        """Whether a connection was ever made: then a failure will probably pass."""
        self._cloud = cloud
        self._access = access
        self._turning = threading.Lock()
        self._here = self._look(None)

    @property
    def endpoint_url(self) -> str:
        """Where S3 is asked, for messages."""
        return self._here.endpoint_url

    @property
    def route(self) -> Route:
        """How to get there; another one after a redirect."""
        return self._here.route

    def request(self, ask: Ask) -> tuple[str, dict[str, str]]:
        """The path and the signed headers that ask for one page."""
        here = self._here
        headers = {"user-agent": self._cloud.agent}
        if self._access.payer:
            headers[PAYER] = self._access.payer
        if self.scope.restore:
            headers[OPTIONAL] = "RestoreStatus"
        endpoint = here.route.endpoint
        path = f"{endpoint.path or '/'}?{ask.query()}"
        if here.keys is None:
            return path, headers
        return path, signed(here.keys(), here.region, endpoint.netloc, path, headers)

    def turn(self, region: str) -> bool:
        """Ask in ``region`` from now on; several may say so at once. False where that changes nothing."""
        with self._turning:
            if region == self._here.region:
                return False
            self._here = self._look(region)
            return True

    def _look(self, region: str | None) -> _Place:
        return self._plain_place(region) or self._asked_place(region)

    def _plain_place(self, other_region: str | None) -> _Place | None:
        """The place where key and region are plainly said."""
        static, access = self._cloud.static, self._access
        if static is None or (static.key is None and not access.unsigned):
            return None
        region, key = other_region or static.region, static.key
        endpoint = endpoint_of(region, access.endpoint_url)
        if endpoint is None:
            return None
        way = route(bucket_at(endpoint, self.scope.bucket), self._cloud.ca_bundle)
        keys = (lambda: key) if key and not access.unsigned else None
        return _Place(endpoint.geturl(), region, way, keys)

    def _asked_place(self, region: str | None) -> _Place:
        """The place as botocore knows it."""
        s3 = client(self._cloud, self._access, region)
        endpoint = asked_of(s3, self.scope.bucket)
        keys = None if self._access.unsigned else partial(_frozen, self._cloud.session.get_credentials())
        way = route(endpoint, self._cloud.ca_bundle)
        return _Place(s3.meta.endpoint_url, region or self._cloud.region, way, keys)


def _frozen(credentials: Any) -> AccessKey:
    """The key of this moment: botocore renews it before it expires."""
    now = credentials.get_frozen_credentials()
    return AccessKey(now.access_key, now.secret_key, now.token or "")
