"""All clusters and workgroups of a sandbox: where each answers, and who may log in."""

import itertools
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ess_plugins.sandbox.api.keys import Identity
from ess_plugins.sandbox.redshift.opening import ADDRESSES, Opening


@dataclass(frozen=True)
class Login:
    """A user who may log in: as ``role``, which is made where ``creates`` and it is not there yet."""

    user: str
    role: str
    password: str = field(repr=False)
    superuser: bool = False
    creates: bool = True
    expires_at: float = float("inf")


class Grants:
    """The temporary passwords of a cluster or workgroup."""

    def __init__(self) -> None:
        self._logins: tuple[Login, ...] = ()

    def add(self, user: str, role: str, lasts_s: float, superuser: bool, creates: bool) -> Login:
        """A new one, for so many seconds."""
        password = secrets.token_urlsafe(32)
        login = Login(user, role, password, superuser, creates, time.time() + lasts_s)
        self._logins = (*self.current(), login)
        return login

    def current(self) -> tuple[Login, ...]:
        """Those whose time is not over."""
        return tuple(login for login in self._logins if login.expires_at > time.time())


class House(Protocol):
    """What a cluster and a workgroup have in common; ``opens`` says whether it takes connections now."""

    loopback: str
    grants: Grants

    @property
    def opens(self) -> bool: ...

    @property
    def databases(self) -> Sequence[str]: ...

    @property
    def master(self) -> Login: ...


@dataclass
class Workgroup:
    """A serverless workgroup with a namespace of the same name."""

    name: str
    account: str
    region: str
    loopback: str
    master: Login
    databases: tuple[str, ...] = ("dev",)
    opens: bool = True
    grants: Grants = field(default_factory=Grants)


class Warehouses:
    """All of them; ``opening`` says at which port they answer."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.workgroups: list[Workgroup] = []
        self.clusters: Callable[[], Iterable[House]] = tuple
        self._addresses: Iterator[str] = itertools.cycle(ADDRESSES)

    def workgroups_in(self, account: str, region: str) -> list[Workgroup]:
        """The workgroups of a region."""
        return [item for item in self.workgroups if (item.account, item.region) == (account, region)]

    def new_address(self) -> str:
        """The address of the next one; they are taken in turn."""
        return next(self._addresses)

    def at(self, address: str) -> list[House]:
        """Those that answer at an address."""
        return [house for house in self._all() if house.loopback == address]

    def _all(self) -> Iterator[House]:
        yield from self.workgroups
        yield from self.clusters()


def logins(house: House) -> tuple[Login, ...]:
    """Everybody who may log in."""
    return (house.master, *house.grants.current())


def let_in(house: House, user: str, role: str, lasts_s: float, creates: bool = True) -> Login:
    """Let a user in for a while, with the rights of the role."""
    is_master = role == house.master.role
    return house.grants.add(user, role, lasts_s, superuser=is_master, creates=creates or is_master)


def database_user(identity: Identity) -> str:
    """The user that IAM maps a caller to.

    Source: https://docs.aws.amazon.com/redshift/latest/mgmt/generating-iam-credentials-role-permissions.html
    """
    kind, _, name = identity.arn.rpartition(":")[2].partition("/")
    return f"IAMR:{name.partition('/')[0]}" if kind == "assumed-role" else f"IAM:{name.rpartition('/')[2]}"
