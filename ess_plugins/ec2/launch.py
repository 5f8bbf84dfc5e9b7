"""RunInstances in our own loop: the same token until EC2 answers, a new one for another place."""

import random
import time
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from ess_core import interrupts
from ess_core.cloud import THROTTLED, code, explain, passing
from ess_core.errors import EssError
from ess_plugins.ec2 import instances
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.network import BATCH
from ess_plugins.ec2.places import Place
from ess_plugins.ec2.plan import Plan
from ess_plugins.ec2.records import Attempt, Launch, Outcome, Records
from ess_plugins.ec2.report import Report

WAITS_S = (0.5, 1, 2, 4, 8, 8, 8)
TOKEN_LIFE_S = 23 * 3600  # EC2 keeps a token for a day at least
NO_CAPACITY = frozenset(
    {
        "InsufficientCapacity",
        "InsufficientFreeAddressesInSubnet",
        "InsufficientHostCapacity",
        "InsufficientInstanceCapacity",
        "InsufficientReservedInstanceCapacity",
        "SpotMaxPriceTooLow",
        "Unsupported",
    }
)
HINTS = {
    "MaxSpotInstanceCountExceeded": "ask for a higher quota L-34B43A08 in Service Quotas, or use --no-spot",
    "AuthFailure.ServiceLinkedRoleCreationNotPermitted": (
        "once per account, somebody who may: aws iam create-service-linked-role "
        "--aws-service-name spot.amazonaws.com"
    ),
}
SPENT = "IdempotentInstanceTerminated"  # the token's instances have been ended


class NoCapacityError(EssError):
    """EC2 has no room for any of the types in any of the subnets that may be used."""


class Meaning(Enum):
    """What a failed RunInstances call says about the world."""

    ELSEWHERE = "nothing of this request runs; another one may work"
    AGAIN = "nothing was launched; the same request may work in a moment"
    UNKNOWN = "it may have been launched; only the same token tells"
    FINAL = "nothing was launched and repeating is no use"


def meaning(error: Exception) -> Meaning:
    """Sort a failure of RunInstances.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html; a lack of capacity
    comes with HTTP 500 and would be taken for a server error by its status alone.
    """
    from botocore import exceptions, parsers

    if code(error) in NO_CAPACITY or code(error) == SPENT:
        return Meaning.ELSEWHERE
    never_arrived = isinstance(error, exceptions.EndpointConnectionError | exceptions.ConnectTimeoutError)
    if never_arrived or code(error) in THROTTLED:
        return Meaning.AGAIN
    garbled = isinstance(error, parsers.ResponseParserError)
    return Meaning.UNKNOWN if garbled or passing(error) else Meaning.FINAL


class Launcher:
    """Carries one launch forward; ``launch`` always is what the disk says, or one answer ahead of it."""

    def __init__(self, ec2: Any, records: Records, launch: Launch, report: Report) -> None:
        """``ec2`` must be a client that tries each call once."""
        self._ec2 = ec2
        self._records = records
        self._report = report
        self.launch = launch
        self.seen: dict[str, Instance] = {}

    def acquire(self, plan: Plan, labels: Mapping[str, str]) -> EssError | None:
        """Launch what is missing of ``plan``, batch by batch.

        Returns why it is fewer than ``plan.number``, where it is; at least ``plan.minimum`` are launched.
        Raises NoCapacityError, or the failure that EC2 answered.
        """
        while (missing := plan.number - len(self.launch.instance_ids)) > 0:
            most = min(BATCH, missing)
            least = max(1, plan.minimum - len(self.launch.instance_ids) - (missing - most))
            try:
                self._somewhere(plan, most, least, labels)
            except NoCapacityError as error:
                if len(self.launch.instance_ids) < plan.minimum:
                    raise
                return error
        return None

    def recall(self, made: Iterable[Instance]) -> None:
        """Learn what became of every attempt that has no answer, by sending it again.

        ``made`` is what EC2 shows of this launch: what has ended counts no more, and where a token is too old
        to be sent again it tells what the attempt made.
        """
        shown = list(made)
        for attempt in self.launch.open_attempts:
            if time.time() - attempt.started_at < TOKEN_LIFE_S:
                self._send(attempt, doubtful=True)
            else:
                self._launched(attempt, [one for one in shown if one.client_token == attempt.token])
        self.seen |= {one.id: one for one in shown}
        self.launch = self.launch.without({one.id for one in shown if one.ended})

    def workers(self) -> list[Instance]:
        """What this launch has made, as EC2 last said."""
        return [self.seen[name] for name in self.launch.instance_ids if name in self.seen]

    def _somewhere(self, plan: Plan, most: int, least: int, labels: Mapping[str, str]) -> None:
        for place in plan.places:
            tried = self.launch.trying(plan.request(most, least, place, labels))
            self._records.save(tried)
            self.launch = tried
            refusal = self._send(tried.attempts[-1])
            if refusal is None:
                return
            self._report.note(f"no {place}: {refusal.message}")
        raise NoCapacityError(
            f"EC2 has no room for {most} x {'spot ' * plan.spot}{_named(plan.places)}",
            f"try another --type, {'--no-spot, ' * plan.spot}fewer workers, or another region",
        )

    def _send(self, attempt: Attempt, *, doubtful: bool = False) -> EssError | None:
        """Send one attempt until EC2 answers; return None, or why nothing of it runs there.

        ``doubtful`` where an earlier try may have launched something: then a final failure leaves the attempt
        open, and its instances are looked for by tag. Raises what EC2 answered.
        """
        for wait_s in (*WAITS_S, None):
            with interrupts.deferred():  # a signal waits for the answer, so that no instance is lost with it
                failure = self._call(attempt)
            if failure is None:
                return None
            what = meaning(failure)
            doubtful = doubtful or what is Meaning.UNKNOWN
            if what is Meaning.ELSEWHERE or (not doubtful and (what is Meaning.FINAL or wait_s is None)):
                self._learn(attempt, Outcome.REFUSED)
            if what is Meaning.ELSEWHERE:
                return explain(failure)
            if what is Meaning.FINAL or wait_s is None:
                raise _with_hint(failure)
            self._report.note(f"{explain(failure)}; asking again")
            time.sleep(wait_s * random.uniform(0.7, 1.3))  # noqa: S311 - jitter, not a secret
        raise AssertionError("unreachable: the last round raises")

    def _call(self, attempt: Attempt) -> Exception | None:
        """One RunInstances call: keep what it launched, or return why it failed."""
        try:
            answer = self._ec2.run_instances(**attempt.request)
        except Exception as failure:  # noqa: BLE001 - the caller sorts it
            return failure
        self._launched(attempt, instances.parse([answer]))
        return None

    def _launched(self, attempt: Attempt, made: list[Instance]) -> None:
        self.seen |= {instance.id: instance for instance in made}
        self._learn(attempt, Outcome.LAUNCHED, tuple(instance.id for instance in made))

    def _learn(self, attempt: Attempt, outcome: Outcome, ids: tuple[str, ...] = ()) -> None:
        self.launch = self.launch.learned(attempt.token, outcome, ids)
        self._records.save(self.launch)


def _with_hint(failure: Exception) -> Exception:
    """The same, with a way out where there is one that is not in EC2's words."""
    if code(failure) not in HINTS:
        return failure
    return EssError(explain(failure).message, HINTS[code(failure)])


def _named(places: Iterable[Place]) -> str:
    """``m3.medium in us-east-1a, us-east-1b or t3.large in us-east-1a``."""
    zones: dict[str, list[str]] = {}
    for place in places:
        zones.setdefault(place.instance_type, []).append(place.zone)
    return " or ".join(f"{name} in {', '.join(dict.fromkeys(some))}" for name, some in zones.items())
