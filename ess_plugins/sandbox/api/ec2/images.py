"""Amazon Linux 2023 images only: moto's thousand others take 0.3 s in each region."""

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import Ami
from moto.ssm.models import ssm_backends
from moto.utilities.utils import load_resource

from ess_plugins.sandbox.api.refused import RefusedError

_RESOLVE = "resolve:ssm:"


class SandboxImage(Ami):
    """An image whose root volume says, as EC2 does, that it is not encrypted."""

    @property
    def block_device_mappings(self) -> list[dict[str, Any]]:
        """Its one volume."""
        (root,) = super().block_device_mappings
        return [{**root, "Ebs": {**root["Ebs"], "Encrypted": False}}]


class Images(EC2Backend):
    """The images that SSM's public parameters name."""

    def _load_amis(self) -> None:
        try:
            latest = load_resource(f"ec2/resources/latest_amis/{self.region_name}.json")
        except FileNotFoundError:
            return
        for image in latest:
            if "al2023" in image["name"]:
                self.amis[image["ami_id"]] = SandboxImage(self, **{**image, "owner_alias": "amazon"})

    def image(self, image_id: str) -> Ami:
        """The image of this id, or of ``resolve:ssm:<parameter>``. Refuses an unknown one."""
        if image_id.startswith(_RESOLVE):
            image_id = self._from_parameter(image_id.removeprefix(_RESOLVE))
        if not image_id.startswith("ami-"):
            raise RefusedError("InvalidAMIID.Malformed", f'Invalid id: "{image_id}" (expecting "ami-...")')
        if image_id not in self.amis:
            raise RefusedError("InvalidAMIID.NotFound", f"The image id '[{image_id}]' does not exist")
        return self.amis[image_id]

    def _from_parameter(self, name: str) -> str:
        parameter = ssm_backends[self.account_id][self.region_name].get_parameter(name)
        if parameter is None:
            raise RefusedError("InvalidParameterValue", f"Failed to resolve SSM parameter {name}")
        return str(parameter.value)
