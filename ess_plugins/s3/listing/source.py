"""The bucket that is listed: where it answers, and how a request for a page of it is written and signed.

botocore gives credentials, endpoint, region and trust; the requests are our own.
"""

import threading
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

from ess_core.cloud import Cloud
from ess_plugins.s3.access import OPTIONAL, PAYER, Access, client
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
    endpoint_url: str
    region: str
    route: Route
    agent: str


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
        self._credentials = None if access.unsigned else cloud.session.get_credentials()

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
        headers = {"User-Agent": here.agent}
        if self._access.payer:
            headers[PAYER] = self._access.payer
        if self.scope.restore:
            headers[OPTIONAL] = "RestoreStatus"
        path = f"{here.route.endpoint.path or '/'}?{ask.query()}"
        return path, headers if self._access.unsigned else self._signed(here, path, headers)

    def turn(self, region: str) -> bool:
        """Ask in ``region`` from now on; several may say so at once. False where that changes nothing."""
        with self._turning:
            if region == self._here.region:
                return False
            self._here = self._look(region)
            return True

    def _look(self, region: str | None) -> _Place:
        s3 = client(self._cloud, self._access, region)
        url = s3.generate_presigned_url("list_objects_v2", Params={"Bucket": self.scope.bucket})
        endpoint = urlsplit(url)._replace(query="", fragment="")
        way = route(endpoint, self._cloud.ca_bundle)
        return _Place(s3.meta.endpoint_url, region or self._cloud.region, way, s3.meta.config.user_agent)

    def _signed(self, here: _Place, path: str, headers: dict[str, str]) -> dict[str, str]:
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest

        keys: Any = self._credentials
        endpoint = here.route.endpoint
        request = AWSRequest("GET", f"{endpoint.scheme}://{endpoint.netloc}{path}", headers)
        S3SigV4Auth(keys.get_frozen_credentials(), "s3", here.region).add_auth(request)
        return dict(request.headers.items())
