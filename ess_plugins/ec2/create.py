"""One launch, from the order to workers that can be logged in to; or to nothing that is left behind."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ess_core import interrupts
from ess_core.cloud import Cloud
from ess_core.errors import EssError, UsageError
from ess_core.nodes.loop import complete
from ess_plugins.ec2 import cleanup, identity, instances, plan, preflight, records, tags
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.launch import Launcher
from ess_plugins.ec2.plan import Plan
from ess_plugins.ec2.preflight import Facts, Where
from ess_plugins.ec2.ready import Readiness, Watch
from ess_plugins.ec2.records import Launch, Records
from ess_plugins.ec2.report import Report
from ess_plugins.ec2.settings import Ec2Settings

FORGOTTEN_S = 3600  # EC2 shows an ended instance for about an hour


@dataclass(frozen=True)
class Order:
    """What the user asks of one ``create``; ``minimum`` workers are enough, ``timeout_s`` bounds the wait."""

    number: int
    minimum: int
    cluster: str
    add: bool = False
    keep: bool = False
    wait: bool = True
    timeout_s: float = 600.0


@dataclass(frozen=True)
class Created:
    """The workers of a launch, and by id why others of it did not become ready."""

    workers: list[Instance]
    problems: Mapping[str, EssError]
    kept: Records


class Creation:
    """One ``create`` in one region."""

    def __init__(
        self, cloud: Cloud, where: Where, settings: Ec2Settings, order: Order, report: Report
    ) -> None:
        self._cloud = cloud
        self._where = where
        self._settings = settings
        self._order = order
        self._report = report

    def plan(self) -> Plan:
        """Ask and check everything, launch nothing. Raises ConfigError or EssError naming the obstacle."""
        return self._planned(self._facts(), None)

    def run(self) -> Created:
        """Launch, and wait until each worker can be logged in to.

        Raises EssError, or Interrupted: then this launch's instances are ended, unless the order says keep.
        """
        with records.locked(self._order.cluster):
            facts = self._facts()
            identity.remember(self._cloud, facts.identity)
            kept = Records(self._order.cluster, facts.identity.account)
            kept.prepare()
            unfinished = self._unfinished(kept)
            self._refuse_running(facts, unfinished)
            planned = self._planned(facts, unfinished)
            launch = unfinished or self._new_launch(facts)
            launcher = Launcher(self._cloud.client("ec2", attempts=1), kept, launch, self._report)
            return self._guarded(launcher, kept, planned)

    def _facts(self) -> Facts:
        facts = preflight.read(self._cloud, self._where, self._settings, self._order.cluster)
        self._report.note(f"account {facts.identity.account} as {facts.identity.arn}")
        for note in facts.notes:
            self._report.note(note)
        return facts

    def _planned(self, facts: Facts, unfinished: Launch | None) -> Plan:
        there = [one for one in facts.cluster if unfinished and one.launch == unfinished.id]
        return plan.make(facts, self._settings, self._order.number, self._order.minimum, len(there))

    def _unfinished(self, kept: Records) -> Launch | None:
        """The launch that an ess which died left open. Raises UsageError where it had other arguments."""
        for launch in kept.launches():
            if launch.complete:
                continue
            if self._is_over(launch):
                kept.forget(launch)
            elif launch.wanted != self._wanted():
                raise UsageError(
                    f"an earlier create of cluster {launch.cluster} did not end: {_arguments(launch.wanted)}",
                    f"`ess instance ec2 create {_arguments(launch.wanted)}` goes on with it, "
                    f"`ess instance ec2 terminate all --region {launch.region}` ends it",
                )
            else:
                self._report.note(f"going on with the launch {launch.id}, which did not end")
                return launch
        return None

    def _is_over(self, launch: Launch) -> bool:
        """True where nothing of it was launched, or everything of it has ended."""
        found = instances.of_launch(self._cloud.client("ec2", region=launch.region), launch.id)
        if found:
            return all(instance.ended for instance in found)
        old = time.time() - launch.created_at > FORGOTTEN_S
        return not launch.attempts or (old and not launch.open_attempts)

    def _refuse_running(self, facts: Facts, unfinished: Launch | None) -> None:
        mine = unfinished.id if unfinished else None
        others = [instance for instance in facts.cluster if instance.launch != mine]
        if others and not self._order.add:
            raise UsageError(
                f"cluster {self._order.cluster} already has {len(others)} workers: {_ids(others)}",
                "--add launches more, `ess instance ec2 terminate all` ends them",
            )

    def _wanted(self) -> dict[str, Any]:
        return {
            "number": self._order.number,
            "minimum": self._order.minimum,
            "type": self._settings.instance_type,
            "region": self._cloud.region,
            "add": self._order.add,
        }

    def _new_launch(self, facts: Facts) -> Launch:
        owner = identity.owner_of(facts.identity)
        return records.new_launch(
            self._order.cluster, self._cloud.region, facts.identity.account, owner, self._wanted()
        )

    def _guarded(self, launcher: Launcher, kept: Records, planned: Plan) -> Created:
        with interrupts.once(self._say_wait) as signals:
            try:
                try:
                    return self._carry_out(launcher, kept, planned)
                finally:
                    signals.hold()
            except BaseException as error:
                if self._order.keep:
                    cleanup.keep(launcher.launch, kept, error)
                else:
                    cleanup.end(self._cloud, launcher.launch, kept, self._report, error)
                raise

    def _carry_out(self, launcher: Launcher, kept: Records, planned: Plan) -> Created:
        kept.save(launcher.launch)
        launcher.recall()
        launcher.acquire(planned, self._labels(launcher.launch))
        if self._order.wait:
            created = self._await(launcher.launch, kept)
        else:
            created = Created(list(launcher.seen.values()), {}, kept)
        kept.save(replace(launcher.launch, complete=True))
        return created

    def _await(self, launch: Launch, kept: Records) -> Created:
        ec2 = self._cloud.client("ec2")
        watch = Watch(ec2, launch, self._settings, kept.known_hosts, self._report, self._order.timeout_s)
        readiness = complete(watch.wait())
        if len(readiness.ready) < self._order.minimum:
            raise _not_ready(readiness, launch)
        late = [name for name in readiness.problems if not readiness.has_ended(name)]
        if late and not self._order.keep:
            cleanup.stragglers(self._cloud, launch, late, self._report)
        return Created(readiness.workers(), readiness.problems, kept)

    def _labels(self, launch: Launch) -> dict[str, str]:
        return {
            tags.NAME: self._settings.instance_tag,
            tags.CLUSTER: launch.cluster,
            tags.LAUNCH: launch.id,
            tags.OWNER: launch.owner,
        }

    def _say_wait(self, _signum: int) -> None:
        self._report.note("still ending the instances; this takes at most a minute")


def _not_ready(readiness: Readiness, launch: Launch) -> EssError:
    first = next(iter(readiness.problems.values()))
    share = f"{len(readiness.problems)} of {len(launch.instance_ids)} workers"
    return EssError(f"{share} did not become ready: {first.message}", first.hint)


def _ids(found: Sequence[Instance]) -> str:
    shown = ", ".join(instance.id for instance in found[:5])
    return shown if len(found) <= 5 else f"{shown} and {len(found) - 5} more"


def _arguments(wanted: Mapping[str, Any]) -> str:
    words = [f"--number {wanted['number']}", f"--type {wanted['type']}", f"--region {wanted['region']}"]
    if wanted["minimum"] != wanted["number"]:
        words.append(f"--min {wanted['minimum']}")
    return " ".join(words + ["--add"] * wanted["add"])
