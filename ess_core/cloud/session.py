"""The one AWS session of this process, and the clients made from it."""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ess_core import __version__
from ess_core.cloud.static import Static, read
from ess_core.conf import Conf
from ess_core.errors import ConfigError

if TYPE_CHECKING:
    import boto3.session
    import botocore.config
    import botocore.session

    from ess_core.conf import Credentials

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 60
CONNECTIONS = 10  # as botocore
ATTEMPTS = 3  # AWS's own standard
PATIENT = 8  # where giving up leaves instances running
_AGENT = "ess"
FALLBACK_REGION = "us-east-1"
_MAKING = threading.Lock()
"""Held while a client is made, which botocore cannot do in two threads at once."""
_ARRIVED: dict[bytes, "Cloud"] = {}
"""Those of other processes, the latest few: a process that works for several runs has one of each."""
_MOST_ARRIVED = 4


@dataclass(frozen=True)
class _Settings:
    """What tells one client from another."""

    service: str
    region: str
    attempts: int
    read_timeout_s: float
    endpoint_url: str | None
    unsigned: bool
    headers: tuple[tuple[str, str], ...]
    connections: int


@dataclass(frozen=True)
class Identity:
    """Who AWS says we are: the account's 12 digits and the caller's ARN."""

    account: str
    arn: str


class Cloud:
    """AWS as instance.conf and the command line choose it; nothing is imported or asked before it is used.

    ``command`` is named in the user agent, as aws-cli does, so that CloudTrail shows which one made a call.
    It can be pickled, with the keys of the CSV in it: for another process, and for no file.
    """

    def __init__(self, conf: Conf, command: str = "") -> None:
        self._conf = conf
        self.command = command
        self._clients: dict[_Settings, Any] = {}
        self._id = os.urandom(16)

    def __reduce__(self) -> tuple[Callable[..., "Cloud"], tuple[bytes, dict[str, Any]]]:
        """What is known here and may not be where it is unpickled; sessions and clients are made there."""
        kept = ("_conf", "command", "_csv", "_located")
        return _arrived, (self._id, {name: getattr(self, name) for name in kept})

    @cached_property
    def _csv(self) -> "Credentials | None":
        return self._conf.credentials()

    @cached_property
    def session(self) -> "botocore.session.Session":
        """The session with the user's credentials: console CSV, else profile, else AWS's own chain.

        Raises ConfigError where the profile does not exist, or the CSV cannot be used.
        """
        session = self._keyless
        if keys := self._csv:
            session.set_credentials(keys.access_key_id, keys.secret_access_key)
        return session

    @cached_property
    def _keyless(self) -> "botocore.session.Session":
        """The session before the CSV with the keys is read."""
        import botocore.session
        from botocore.exceptions import ProfileNotFound

        session = botocore.session.Session(profile=self._conf.profile())
        session.user_agent_name, session.user_agent_version = _AGENT, __version__
        session.user_agent_extra = self._mark
        try:
            session.get_scoped_config()
        except ProfileNotFound as error:
            raise ConfigError(str(error), "`aws configure list-profiles` shows the ones there are") from error
        return session

    @cached_property
    def boto3(self) -> "boto3.session.Session":
        """The same session for boto3's resources and transfers, which cost 0.15 s more to import."""
        import boto3.session

        return boto3.session.Session(botocore_session=self.session, region_name=self.region)

    @cached_property
    def _located(self) -> tuple[str, str]:
        region, origin = self._conf.region()
        if region:
            return region, origin
        profiles = self._keyless.get_config_variable("region")
        return (profiles, "profile") if profiles else _metadata_region()

    @cached_property
    def static(self) -> Static | None:
        """The key and region that are plainly said; None where only botocore can tell."""
        return read(self._conf, lambda: self._csv)

    @property
    def agent(self) -> str:
        """What a request of our own names itself; clients say more."""
        return f"{_AGENT}/{__version__} {self._mark}".rstrip()

    @property
    def _mark(self) -> str:
        return f"md/command#{self.command.replace(' ', '.')}" if self.command else ""

    @property
    def ca_bundle(self) -> str | None:
        """The file of authorities to trust instead of botocore's: AWS_CA_BUNDLE, or the profile's."""
        if self.static:
            return os.environ.get("AWS_CA_BUNDLE")
        bundle: str | None = self._keyless.get_config_variable("ca_bundle")
        return bundle

    @property
    def region(self) -> str:
        """The effective region: --region > conf > environment > profile > instance metadata > us-east-1."""
        return self._located[0]

    @property
    def region_origin(self) -> str:
        """Where the region came from, in words."""
        return self._located[1]

    def client(
        self,
        service: str,
        *,
        region: str | None = None,
        attempts: int = ATTEMPTS,
        read_timeout_s: float = READ_TIMEOUT_S,
        endpoint_url: str | None = None,
        unsigned: bool = False,
        headers: Mapping[str, str] | None = None,
        connections: int = CONNECTIONS,
    ) -> Any:
        """The client of ``service`` in ``region`` (default: the effective one) that tries ``attempts`` times.

        ``endpoint_url`` stands above AWS_ENDPOINT_URL and its forms; an ``unsigned`` client needs no
        credentials; ``headers`` go with every call; ``connections`` are kept open at most. Any thread may
        ask for one, and use it.
        """
        chosen = _Settings(
            service,
            region or self.region,
            attempts,
            read_timeout_s,
            endpoint_url,
            unsigned,
            tuple((headers or {}).items()),
            connections,
        )
        with _MAKING:
            if chosen not in self._clients:
                self._clients[chosen] = _make(self._keyless if unsigned else self.session, chosen)
            return self._clients[chosen]

    @cached_property
    def whoami(self) -> Callable[[], Identity]:
        """A call that asks STS who we are; its client is made here, so the call may run in a thread."""
        sts = self.client("sts")

        def ask() -> Identity:
            answer = sts.get_caller_identity()
            return Identity(answer["Account"], answer["Arn"])

        return ask


def _arrived(known_as: bytes, state: dict[str, Any]) -> Cloud:
    """The one of that id in this process, so that one task after another has the same clients."""
    with _MAKING:
        if known_as not in _ARRIVED:
            made = Cloud.__new__(Cloud)
            vars(made).update(state, _id=known_as, _clients={})
            _ARRIVED[known_as] = made
            while len(_ARRIVED) > _MOST_ARRIVED:
                del _ARRIVED[next(iter(_ARRIVED))]
        return _ARRIVED[known_as]


def _make(session: "botocore.session.Session", chosen: _Settings) -> Any:
    made = _create(session, chosen)
    if chosen.headers:
        made.meta.events.register("before-call", lambda params, **_: params["headers"].update(chosen.headers))
    return made


def _create(session: "botocore.session.Session", chosen: _Settings) -> Any:
    from botocore.exceptions import BotoCoreError

    create: Any = session.create_client  # its stubs want the service as a literal
    where = {"region_name": chosen.region, "endpoint_url": chosen.endpoint_url}
    try:
        made = create(chosen.service, config=_config(chosen), **where)
        _ = urlsplit(made.meta.endpoint_url).port  # a wrong one would show at the first call only
    except BotoCoreError:  # some are ValueErrors too
        raise
    except ValueError as error:
        raise ConfigError(
            f"the endpoint of {chosen.service} is no URL: {error}",
            "check AWS_ENDPOINT_URL, its form for this service and endpoint_url in ~/.aws/config",
        ) from error
    return made


def _config(chosen: _Settings) -> "botocore.config.Config":
    from botocore import UNSIGNED
    from botocore.config import Config

    return Config(
        retries={"mode": "standard", "total_max_attempts": chosen.attempts},
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=chosen.read_timeout_s,
        max_pool_connections=chosen.connections,
        signature_version=UNSIGNED if chosen.unsigned else None,
    )


def _metadata_region() -> tuple[str, str]:
    from botocore.utils import InstanceMetadataRegionFetcher

    fetcher = InstanceMetadataRegionFetcher(timeout=1, num_attempts=1, env=os.environ.copy())
    region = fetcher.retrieve_region()
    return (region, "instance metadata") if region else (FALLBACK_REGION, "default")
