"""One launch, from the order to workers that can be logged in to; or to nothing that is left behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ess_core import interrupts
from ess_core.cloud import PATIENT, Cloud
from ess_core.errors import EssError, UsageError
from ess_core.nodes.loop import complete
from ess_plugins.ec2 import cleanup, durations, identity, jumphosts, plan, preflight, records, unfinished
from ess_plugins.ec2.instances import Instance, listed, of_launch, workers
from ess_plugins.ec2.launch import Launcher
from ess_plugins.ec2.plan import Plan
from ess_plugins.ec2.preflight import Facts, Where
from ess_plugins.ec2.ready import Readiness, Watch
from ess_plugins.ec2.records import Launch, Records
from ess_plugins.ec2.report import Report, Undeterred
from ess_plugins.ec2.settings import Ec2Settings

ANSWER_S = 30.0  # how long one RunInstances call may take, and so a Ctrl-C during it


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
    """The workers of a launch, and why there are not more of them."""

    workers: list[Instance]
    kept: Records
    problems: tuple[EssError, ...] = ()


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
        facts = self._facts()
        self._refuse_running(facts, None)
        return self._planned(facts, None)

    def run(self, signals: interrupts.Scope, started: Callable[[Created], None]) -> Created:
        """Launch, wait until each worker can be logged in to, and call ``started`` with them.

        Raises EssError, or Interrupted: then this launch's instances are ended, unless the order says keep.
        After that, and after success, ``signals`` holds: nothing is lost to a second signal.
        """
        with records.locked(self._order.cluster):
            facts = self._facts()
            identity.remember(self._cloud, facts.identity)
            kept = Records(self._order.cluster, facts.identity.account)
            kept.prepare()
            launch = self._launch(facts, kept)
            ec2 = self._cloud.client("ec2", attempts=1, read_timeout_s=ANSWER_S)
            launcher = Launcher(ec2, kept, launch, self._report)
            try:
                try:
                    return self._carry_out(launcher, kept, facts, started)
                finally:
                    signals.hold()
            except BaseException as error:
                signals.hold(self._say_wait)
                self._give_up(launcher.launch, kept, error)
                raise

    def _launch(self, facts: Facts, kept: Records) -> Launch:
        """The launch to carry out: one that was left open, else a new one."""
        owner = identity.owner_of(facts.identity)
        left_open = unfinished.find(self._cloud, kept, owner, self._wanted())
        self._refuse_running(facts, left_open, unfinished.hidden(self._cloud, kept, facts.alive))
        if left_open:
            self._report.note(f"going on with the launch {left_open.id}, which did not end")
            return left_open
        account, region = facts.identity.account, self._cloud.region
        return records.new_launch(self._order.cluster, region, account, owner, self._wanted())

    def _facts(self) -> Facts:
        facts = preflight.read(self._cloud, self._where, self._settings)
        self._report.note(f"account {facts.identity.account} as {facts.identity.arn}")
        for note in facts.notes:
            self._report.note(note)
        jumphosts.try_out(self._settings.jump)
        return facts

    def _planned(self, facts: Facts, launch: Launch | None) -> Plan:
        there = [one for one in facts.alive if launch and one.launch == launch.id]
        number, minimum = self._order.number, self._order.minimum
        planned = plan.make(facts, self._settings, self._where, number, minimum, len(there))
        for note in planned.notes:
            self._report.note(note)
        return planned

    def _refuse_running(self, facts: Facts, left_open: Launch | None, hidden: Sequence[str] = ()) -> None:
        mine, name = left_open.id if left_open else None, self._order.cluster
        seen = [one for one in facts.alive if name and one.cluster == name and one.launch != mine]
        others = [*(one.id for one in seen), *hidden]
        if others and not self._order.add:
            owner = identity.owner_of(facts.identity)
            whoever = " --any-owner" if any(one.owner != owner for one in seen) else ""
            raise UsageError(
                f"cluster {name} already has {workers(len(others))}: {listed(others)}",
                f"--add launches more, `ess instance ec2 terminate all --cluster {name}{whoever}` ends them",
            )

    def _wanted(self) -> dict[str, Any]:
        return {
            "number": self._order.number,
            "minimum": self._order.minimum,
            "type": ",".join(self._settings.instance_types),
            "region": self._cloud.region,
            "add": self._order.add,
            "spot": self._settings.spot,
            "ttl": durations.spell(self._settings.ttl),
        }

    def _carry_out(
        self, launcher: Launcher, kept: Records, facts: Facts, started: Callable[[Created], None]
    ) -> Created:
        planned = self._planned(facts, launcher.launch)
        kept.save(launcher.launch)
        launcher.recall(unfinished.shown(self._cloud, launcher.launch))
        shortage = launcher.acquire(planned, plan.labels(self._settings, launcher.launch, planned.expires))
        created = (
            self._await(launcher.launch, kept) if self._order.wait else Created(launcher.workers(), kept)
        )
        if shortage:
            created = replace(created, problems=(shortage, *created.problems))
        started(created)
        kept.save(replace(launcher.launch, complete=True))
        return created

    def _await(self, launch: Launch, kept: Records) -> Created:
        ec2 = self._cloud.client("ec2", attempts=PATIENT)
        watch = Watch(
            lambda: of_launch(ec2, launch.id),
            launch.instance_ids,
            self._settings,
            kept.known_hosts,
            self._report,
            self._order.timeout_s,
        )
        readiness = complete(watch.wait())
        if len(readiness.ready) < self._order.minimum:
            raise _not_ready(readiness, launch)
        late = [name for name in readiness.problems if not readiness.has_ended(name)]
        if late and not self._order.keep:
            cleanup.stragglers(self._cloud, launch, late, self._report)
        return Created(readiness.workers(), kept, tuple(readiness.problems.values()))

    def _give_up(self, launch: Launch, kept: Records, error: BaseException) -> None:
        if self._order.keep:
            cleanup.keep(launch, kept, error)
        else:
            cleanup.end(self._cloud, launch, kept, Undeterred(self._report), error)

    def _say_wait(self, _signum: int) -> None:
        self._report.note("still ending the instances; this takes at most a minute")


def _not_ready(readiness: Readiness, launch: Launch) -> EssError:
    first = next(iter(readiness.problems.values()))
    share = f"{len(readiness.problems)} of {len(launch.instance_ids)} workers"
    return EssError(f"{share} did not become ready: {first.message}", first.hint)
