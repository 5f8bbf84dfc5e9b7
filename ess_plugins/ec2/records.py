"""What is on disk before RunInstances is called: the intent, its token and the exact request."""

import contextlib
import json
import re
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from ess_core import home
from ess_core.errors import EssError

APPEARS_S = 30.0  # what was launched, or may have been, can be invisible this long


class Outcome(StrEnum):
    """What is known of one RunInstances attempt."""

    OPEN = "open"  # sent, and no answer yet: it may or may not have launched
    LAUNCHED = "launched"
    REFUSED = "refused"  # EC2 said no: nothing of it exists


@dataclass(frozen=True)
class Attempt:
    """One RunInstances request; its ClientToken makes EC2 answer a repetition instead of launching again."""

    request: dict[str, Any]
    started_at: float
    outcome: Outcome = Outcome.OPEN
    instance_ids: tuple[str, ...] = ()

    @property
    def token(self) -> str:
        """The ClientToken, ``<launch>-<n>``."""
        return str(self.request["ClientToken"])


@dataclass(frozen=True)
class Launch:
    """One ``create``: what was wanted, every attempt made for it, and whether it is complete."""

    id: str
    cluster: str
    region: str
    account: str
    owner: str
    wanted: dict[str, Any]
    created_at: float
    complete: bool = False
    attempts: tuple[Attempt, ...] = field(default=())

    @property
    def instance_ids(self) -> tuple[str, ...]:
        """Ids of every instance this launch is known to have made."""
        return tuple(name for attempt in self.attempts for name in attempt.instance_ids)

    @property
    def open_attempts(self) -> tuple[Attempt, ...]:
        """Attempts that may have launched something we have not seen."""
        return tuple(attempt for attempt in self.attempts if attempt.outcome is Outcome.OPEN)

    def is_missing(self, tokens: Collection[str]) -> bool:
        """True where an attempt of a moment ago is not among the ``tokens`` that EC2 shows: it may be yet."""
        return any(
            attempt.token not in tokens and time.time() - attempt.started_at < APPEARS_S
            for attempt in self.attempts
            if attempt.outcome is not Outcome.REFUSED
        )

    def trying(self, request: dict[str, Any]) -> "Launch":
        """With one more attempt; the request gets its token here."""
        numbered = {**request, "ClientToken": f"{self.id}-{len(self.attempts)}"}
        return replace(self, attempts=(*self.attempts, Attempt(numbered, time.time())))

    def without(self, ended: Collection[str]) -> "Launch":
        """Without the instances that are known to have ended."""
        attempts = tuple(
            replace(attempt, instance_ids=tuple(name for name in attempt.instance_ids if name not in ended))
            for attempt in self.attempts
        )
        return replace(self, attempts=attempts)

    def learned(self, token: str, outcome: Outcome, instance_ids: tuple[str, ...] = ()) -> "Launch":
        """With what became of the attempt that carried ``token``."""
        attempts = tuple(
            replace(attempt, outcome=outcome, instance_ids=instance_ids)
            if attempt.token == token
            else attempt
            for attempt in self.attempts
        )
        return replace(self, attempts=attempts)


def new_launch(cluster: str, region: str, account: str, owner: str, wanted: dict[str, Any]) -> Launch:
    """A launch that has not asked for anything yet."""
    return Launch(f"l-{secrets.token_hex(8)}", cluster, region, account, owner, wanted, time.time())


@contextlib.contextmanager
def locked(cluster: str) -> Iterator[None]:
    """Let one process at a time change a cluster. Raises EssError where another one is at it."""
    with if_free(cluster) as mine:
        if not mine:
            raise EssError(
                f"another ess is changing cluster {cluster} right now", "wait for it to end, then try again"
            )
        yield


@contextlib.contextmanager
def if_free(cluster: str) -> Iterator[bool]:
    """The same lock; yields False at once where another process has it."""
    folder = home.private_folder("ec2", "clusters", cluster)
    with home.locked(folder / "lock") as mine:
        yield mine


@dataclass(frozen=True)
class Records:
    """The local files of one cluster of one account, below ESS_HOME."""

    cluster: str
    account: str

    @property
    def folder(self) -> Path:
        """The cluster's folder, whether it exists or not."""
        return home.home() / "ec2" / "clusters" / self.cluster / self.account

    @property
    def known_hosts(self) -> Path:
        """Host keys of this cluster's instances, pinned by instance id."""
        return self.folder / "known_hosts"

    def prepare(self) -> None:
        """Create the folder. Raises EssError where ESS_HOME cannot be written."""
        home.private_folder("ec2", "clusters", self.cluster, self.account)

    def save(self, launch: Launch) -> None:
        """Put the launch on disk. Raises EssError where that fails: nothing may be launched then."""
        home.write_private(self._file(launch.id), json.dumps(asdict(launch), indent=1, default=str) + "\n")

    def forget(self, launch: Launch) -> None:
        """Remove the record of a launch of which nothing is left; with the last one the host keys go too.

        A record that cannot be removed does no harm: the next ``create`` sees that its launch is over.
        """
        with contextlib.suppress(OSError):
            self._file(launch.id).unlink()
            self.tidy()

    def tidy(self) -> None:
        """Drop the host keys when no instance is recorded any more."""
        if not any(self.folder.glob("*.json")):
            self.known_hosts.unlink(missing_ok=True)

    def launches(self) -> list[Launch]:
        """Every recorded launch, oldest first. Raises EssError for a damaged file, naming it."""
        return _by_age(_read(path) for path in self._paths())

    def readable(self, note: Callable[[str], None]) -> list[Launch]:
        """The same, with a note on a damaged file instead: ending instances must not depend on it."""
        found = []
        for path in self._paths():
            try:
                found.append(_read(path))
            except EssError as error:
                note(error.message)
        return _by_age(found)

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("l-*.json"))

    def _file(self, launch_id: str) -> Path:
        return self.folder / f"{launch_id}.json"


def _by_age(launches: Iterable[Launch]) -> list[Launch]:
    return sorted(launches, key=lambda launch: launch.created_at)


def _read(path: Path) -> Launch:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        attempts = tuple(_attempt(item) for item in data.pop("attempts"))
        return Launch(**data, attempts=attempts)
    except (OSError, ValueError, TypeError, KeyError) as error:
        why = re.sub(r"\s+", " ", str(error))
        raise EssError(
            f"{path} is damaged: {why}",
            "`ess instance ec2 list` shows what runs; move the file away and try again",
        ) from error


def _attempt(item: dict[str, Any]) -> Attempt:
    return Attempt(item["request"], item["started_at"], Outcome(item["outcome"]), tuple(item["instance_ids"]))
