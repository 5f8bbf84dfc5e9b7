"""Starting workers that were stopped, and waiting until each can be logged in to again."""

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ess_core.cloud import code, explain
from ess_core.errors import EssError
from ess_plugins.ec2 import instances, jumphosts, waiting
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.launch import NO_CAPACITY, NoCapacityError
from ess_plugins.ec2.logins import await_logins
from ess_plugins.ec2.report import Report
from ess_plugins.ec2.scope import Regions, Scope
from ess_plugins.ec2.settings import Ec2Settings

ATTEMPTS = 3  # "no capacity" looks like a server's error, and asking often is no use then
DOWN = frozenset({"stopped", "stopping"})


class Start:
    """One ``start``; ``problems`` says why some instances do not run or cannot be logged in to."""

    def __init__(self, scope: Scope, settings: Ec2Settings, report: Report, timeout_s: float) -> None:
        self._scope = scope
        self._settings = settings
        self._report = report
        self._deadline = time.monotonic() + timeout_s
        self._up: dict[str, list[Instance]] = defaultdict(list)
        self._started: dict[str, list[str]] = defaultdict(list)
        self.problems: list[EssError] = []

    @property
    def up(self) -> list[Instance]:
        """What runs or boots now."""
        return [one for some in self._up.values() for one in some]

    def begin(self, found: Regions) -> None:
        """Start what is stopped, and what is stopping as soon as it has stopped.

        What does not start is one of the ``problems``; raises the first of them where nothing runs at all.
        """
        jumphosts.try_out(self._settings.jump)
        with self._last_words():
            for region, some in found.items():
                self._up[region] += [one for one in some if one.state not in DOWN]
                for alike in _by_place(one for one in some if one.state in DOWN):
                    self._start(region, alike)
        if self.problems and not self.up:
            raise self.problems[0]

    def wait(self) -> list[Instance]:
        """Return those that can be logged in to, with their new addresses.

        The others are ``problems``; raises the first of them where nothing can be logged in to.
        """
        with self._last_words():
            ready = [one for region, some in self._up.items() for one in self._log_in(region, some)]
            if self.problems and not ready:
                raise self.problems[0]
            return ready

    def _start(self, region: str, alike: Sequence[Instance]) -> None:
        """Start instances of one type and zone: all of them, or none."""
        self._await_stopped(region, [one.id for one in alike if one.state == "stopping"])
        ec2 = self._scope.ec2(region, ATTEMPTS)
        try:
            answer = ec2.start_instances(InstanceIds=[one.id for one in alike])
        except ec2.exceptions.ClientError as error:
            self.problems.append(_explained(error, alike))
        else:
            states = instances.states(answer["StartingInstances"])
            self._started[region] += states
            self._up[region] += [replace(one, state=states[one.id], public_ip="") for one in alike]

    def _await_stopped(self, region: str, ids: Sequence[str]) -> None:
        if ids:
            self._report.note(f"still stopping, and to be started when they have: {instances.listed(ids)}")
            waiting.until(self._scope.ec2(region), "stopped", ids, self._left_s(), self._report)

    def _log_in(self, region: str, some: Sequence[Instance]) -> list[Instance]:
        ids = [one.id for one in some]
        if not ids:
            return []
        readiness = await_logins(self._scope, region, ids, self._settings, self._report, self._left_s())
        self.problems += readiness.problems.values()
        return readiness.workers()

    def _left_s(self) -> float:
        return max(0.1, self._deadline - time.monotonic())

    @contextlib.contextmanager
    def _last_words(self) -> Iterator[None]:
        """Where the work is cut short, say what was started: it runs, and costs."""
        try:
            yield
        except BaseException as error:
            for region, ids in self._started.items():
                names, where = " ".join(ids), f"--cluster {self._scope.cluster} --region {region}"
                error.add_note(
                    f"started, and running in {region}: {names}\n"
                    f"hint: this stops them: ess instance ec2 stop {names} {where}"
                )
            raise


def _by_place(found: Iterable[Instance]) -> list[list[Instance]]:
    """Instances of the same type and zone together: EC2 has room for all of them, or says that it has not."""
    places: dict[Any, list[Instance]] = defaultdict(list)
    for one in found:
        places[one.type, one.zone].append(one)
    return list(places.values())


def _explained(error: Exception, alike: Sequence[Instance]) -> EssError:
    first, names = alike[0], instances.listed([one.id for one in alike])
    if code(error) in NO_CAPACITY:
        return NoCapacityError(
            f"EC2 has no room for {len(alike)} x {first.type} in {first.zone} now: {names} did not start",
            "try again later: a stopped worker starts only in its own zone; or end it and create another",
        )
    reason = explain(error)
    return EssError(f"{names} did not start: {reason.message}", reason.hint)
