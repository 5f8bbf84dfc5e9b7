"""The image that each type of instance boots: the one of the conf, or the newest Amazon Linux 2023."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ess_core.errors import ConfigError

PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-"
ARCHITECTURES = ("x86_64", "arm64")
PARAMETERS = [PARAMETER + architecture for architecture in ARCHITECTURES]


def choose(
    ami: str | None, types: Sequence[Mapping[str, Any]], parameters: Sequence[Mapping[str, str]]
) -> dict[str, str]:
    """The id of the image for each type: ``ami``, else the one that SSM's ``parameters`` name.

    A type without an image of its architecture is absent; of two architectures x86_64 comes first.
    """
    if ami:
        return {described["InstanceType"]: ami for described in types}
    newest = {item["Name"].removeprefix(PARAMETER): item["Value"] for item in parameters}
    fitting = {described["InstanceType"]: _first(runs(described), newest) for described in types}
    return {name: newest[architecture] for name, architecture in fitting.items() if architecture}


def describe(ec2: Any, names: Mapping[str, str], where: Callable[[str], str]) -> dict[str, Mapping[str, Any]]:
    """What EC2 says of the image of each type; one call. Raises ConfigError for one that is not there."""
    ids = sorted(set(names.values()))
    found = ec2.describe_images(ImageIds=ids)["Images"] if ids else []
    images = {image["ImageId"]: image for image in found}
    for missing in ids:
        if missing not in images:
            raise ConfigError(f"{where('ami')}: {missing} does not exist in this region")
    return {instance_type: images[name] for instance_type, name in names.items()}


def runs(described: Mapping[str, Any]) -> list[str]:
    """The architectures that a type runs."""
    return list(described["ProcessorInfo"]["SupportedArchitectures"])


def _first(known: Sequence[str], newest: Mapping[str, str]) -> str | None:
    return next((one for one in ARCHITECTURES if one in known and one in newest), None)
