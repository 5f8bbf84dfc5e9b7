"""Stopping workers: they cost no computing time, keep their disks and can be started again."""

from ess_plugins.ec2 import instances
from ess_plugins.ec2.scope import Regions, Scope

STOPPABLE = frozenset({"pending", "running"})


def running(found: Regions) -> Regions:
    """Those that are not stopped or stopping already."""
    return {region: [one for one in some if one.state in STOPPABLE] for region, some in found.items()}


def stop(scope: Scope, found: Regions) -> dict[str, str]:
    """Stop instances; return the new state of each. One call a region; raises what AWS answers."""
    states: dict[str, str] = {}
    for region, some in found.items():
        if some:
            answer = scope.ec2(region).stop_instances(InstanceIds=[one.id for one in some])
            states |= instances.states(answer["StoppingInstances"])
    return states
