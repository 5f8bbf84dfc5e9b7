"""Logging in to instances that are there, by their ids."""

from collections.abc import Sequence

from ess_core.nodes.loop import complete
from ess_plugins.ec2 import instances
from ess_plugins.ec2.ready import Readiness, Watch
from ess_plugins.ec2.report import Report
from ess_plugins.ec2.scope import Scope
from ess_plugins.ec2.settings import Ec2Settings


def await_logins(
    scope: Scope, region: str, ids: Sequence[str], settings: Ec2Settings, report: Report, timeout_s: float
) -> Readiness:
    """Wait until each can be logged in to, or is known not to be, for at most ``timeout_s`` seconds."""
    ec2 = scope.ec2(region)
    known_hosts = scope.kept.known_hosts
    watch = Watch(lambda: instances.of_ids(ec2, ids), ids, settings, known_hosts, report, timeout_s)
    return complete(watch.wait())
