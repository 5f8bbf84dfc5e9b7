"""RunInstances in our own loop: the same token until EC2 answers, a new one for another place."""

import random
import time
from collections.abc import Mapping
from enum import Enum
from typing import Any

from ess_core import interrupts
from ess_core.cloud import THROTTLED, code, explain, passing
from ess_core.errors import EssError
from ess_plugins.ec2 import instances
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.plan import Plan
from ess_plugins.ec2.records import Attempt, Launch, Outcome, Records
from ess_plugins.ec2.report import Report

BATCH = 100  # AWS advises several calls of about a hundred over one large one
WAITS_S = (0.5, 1, 2, 4, 8, 8, 8)
TOKEN_LIFE_S = 23 * 3600  # EC2 keeps a token for a day at least
NO_CAPACITY = frozenset(
    {
        "InsufficientCapacity",
        "InsufficientFreeAddressesInSubnet",
        "InsufficientHostCapacity",
        "InsufficientInstanceCapacity",
        "InsufficientReservedInstanceCapacity",
        "Unsupported",
    }
)


class NoCapacityError(EssError):
    """EC2 has no room for this type in any of the subnets that may be used."""


class Meaning(Enum):
    """What a failed RunInstances call says about the world."""

    ELSEWHERE = "nothing was launched here; another subnet may have room"
    AGAIN = "nothing was launched; the same request may work in a moment"
    UNKNOWN = "it may have been launched; only the same token tells"
    FINAL = "nothing was launched and repeating is no use"


def meaning(error: Exception) -> Meaning:
    """Sort a failure of RunInstances.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html; a lack of capacity
    comes with HTTP 500 and would be taken for a server error by its status alone.
    """
    from botocore import exceptions

    if code(error) in NO_CAPACITY:
        return Meaning.ELSEWHERE
    if not passing(error):
        return Meaning.FINAL
    never_arrived = isinstance(error, exceptions.EndpointConnectionError | exceptions.ConnectTimeoutError)
    return Meaning.AGAIN if never_arrived or code(error) in THROTTLED else Meaning.UNKNOWN


class Launcher:
    """Carries one launch forward; ``launch`` always is what the disk says, or one answer ahead of it."""

    def __init__(self, ec2: Any, records: Records, launch: Launch, report: Report) -> None:
        """``ec2`` must be a client that tries each call once."""
        self._ec2 = ec2
        self._records = records
        self._report = report
        self.launch = launch
        self.seen: dict[str, Instance] = {}

    def acquire(self, plan: Plan, labels: Mapping[str, str]) -> None:
        """Launch what is missing of ``plan``, batch by batch.

        Fewer than ``plan.number`` are accepted once there are ``plan.minimum``. Raises NoCapacityError,
        or the failure that EC2 answered.
        """
        while (missing := plan.number - len(self.launch.instance_ids)) > 0:
            most = min(BATCH, missing)
            least = max(1, plan.minimum - len(self.launch.instance_ids) - (missing - most))
            try:
                self._somewhere(plan, most, least, labels)
            except NoCapacityError as error:
                if len(self.launch.instance_ids) < plan.minimum:
                    raise
                self._report.note(f"{error}; going on with {len(self.launch.instance_ids)}")
                return

    def recall(self) -> None:
        """Learn what became of every attempt that has no answer: by tag, else by sending it again."""
        made = instances.of_launch(self._ec2, self.launch.id) if self.launch.attempts else []
        for attempt in self.launch.attempts:
            mine = [instance for instance in made if instance.client_token == attempt.token]
            if mine:
                self._launched(attempt, [instance for instance in mine if not instance.ended])
            elif attempt.outcome is Outcome.OPEN and time.time() - attempt.started_at < TOKEN_LIFE_S:
                self._send(attempt)
            elif attempt.outcome is Outcome.OPEN:
                self._learn(attempt, Outcome.REFUSED)

    def _somewhere(self, plan: Plan, most: int, least: int, labels: Mapping[str, str]) -> None:
        for subnet_id in plan.subnet_ids:
            self.launch = self.launch.trying(plan.request(most, least, subnet_id, labels))
            self._records.save(self.launch)
            if self._send(self.launch.attempts[-1]):
                return
            self._report.note(f"no {plan.instance_type} to be had in {subnet_id}")
        raise NoCapacityError(
            f"EC2 has no room for {most} x {plan.instance_type} in {', '.join(plan.subnet_ids)}",
            "try another --type, fewer workers, or another region",
        )

    def _send(self, attempt: Attempt) -> bool:
        """Send one attempt until EC2 answers; False where it has no capacity there."""
        for wait_s in (*WAITS_S, None):
            try:
                self._call(attempt)
            except Exception as error:
                what = meaning(error)
                last = what is Meaning.FINAL or wait_s is None
                if what is Meaning.ELSEWHERE or (last and what is not Meaning.UNKNOWN):
                    self._learn(attempt, Outcome.REFUSED)
                if what is Meaning.ELSEWHERE:
                    return False
                if last or wait_s is None:
                    raise
                self._report.note(f"{explain(error)}; asking again")
                time.sleep(wait_s * random.uniform(0.7, 1.3))  # noqa: S311 - jitter, not a secret
            else:
                return True
        raise AssertionError("unreachable: the last round raises")

    def _call(self, attempt: Attempt) -> None:
        """One RunInstances call; a signal waits for its answer, so that no instance is lost with it."""
        with interrupts.deferred():
            answer = self._ec2.run_instances(**attempt.request)
            self._launched(attempt, instances.parse([answer]))

    def _launched(self, attempt: Attempt, made: list[Instance]) -> None:
        self.seen |= {instance.id: instance for instance in made}
        self._learn(attempt, Outcome.LAUNCHED, tuple(instance.id for instance in made))

    def _learn(self, attempt: Attempt, outcome: Outcome, ids: tuple[str, ...] = ()) -> None:
        self.launch = self.launch.learned(attempt.token, outcome, ids)
        self._records.save(self.launch)
