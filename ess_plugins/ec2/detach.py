"""Taking workers out of a cluster without ending them, and without losing sight of what ess launched."""

from collections.abc import Sequence
from typing import Any

from ess_plugins.ec2 import adoptions, tags
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.scope import Regions, Scope, together

OURS = (tags.ADOPTED, tags.CLUSTER, tags.OWNER)


def detach(scope: Scope, found: Regions) -> None:
    """Untag what ess did not launch; mark what it launched as detached, still tagged with owner and launch.

    Raises what AWS answers.
    """
    for region, some in found.items():
        ec2 = scope.ec2(region)
        launched = [one for one in some if one.launch]
        _mark(ec2, launched)
        _untag(ec2, [one for one in launched if one.adopted], [tags.ADOPTED])
        _untag(ec2, [one for one in some if not one.launch], OURS)
    adoptions.forget(scope.kept, [one.id for one in together(found)])


def _mark(ec2: Any, some: Sequence[Instance]) -> None:
    if some:
        ec2.create_tags(Resources=[one.id for one in some], Tags=tags.pairs({tags.CLUSTER: tags.DETACHED}))


def _untag(ec2: Any, some: Sequence[Instance], names: Sequence[str]) -> None:
    if some:
        ec2.delete_tags(Resources=[one.id for one in some], Tags=[{"Key": name} for name in names])
