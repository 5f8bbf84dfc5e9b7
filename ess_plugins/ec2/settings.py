"""What ``[EC2]`` of instance.conf asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from ess_core.conf import Conf
from ess_core.conf.text import is_file
from ess_core.errors import ConfigError
from ess_core.nodes.worker import JumpHost
from ess_plugins.ec2 import durations, jumphosts, owntags, pem, userdata

_SECTION = "EC2"


@dataclass(frozen=True)
class Ec2Settings:
    """``[EC2]``, read; ``pem`` and ``key_name`` are None and empty where the file names no key.

    ``pem`` is where the private key should be: pem.check says whether it is there and can be used.
    """

    key_name: str
    pem: Path | None
    security_groups: tuple[str, ...]
    instance_types: tuple[str, ...]
    instance_count: int
    username: str
    instance_tag: str
    use_private_ip: bool
    cluster: str | None
    ami: str | None
    subnet_ids: tuple[str, ...]
    max_instances: int
    volume_size: int | None
    iam_instance_profile: str | None
    ssh_port: int
    associate_public_ip: bool | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    spot: bool = False
    ttl: timedelta | None = None
    user_data: Path | None = None
    jump: JumpHost | None = None


def read(conf: Conf) -> Ec2Settings:
    """The settings for commands that work on what is there; whether they suffice to launch is not asked."""
    values = conf.section(_SECTION)
    named = values.get("key_name")
    private_key = _pem(conf, named) if named else None
    return Ec2Settings(
        key_name=Path(named).name.removesuffix(".pem") if named else "",
        pem=private_key,
        security_groups=tuple(values.get("security_groups", ())),
        instance_types=tuple(dict.fromkeys(values["instance_type"])),
        instance_count=values["instance_count"],
        username=values["username"],
        instance_tag=values["instance_tag"],
        use_private_ip=values["use_private_ip"],
        cluster=values.get("cluster"),
        ami=values.get("ami"),
        subnet_ids=tuple(values.get("subnet_id", ())),
        max_instances=values["max_instances"],
        volume_size=values.get("volume_size"),
        iam_instance_profile=values.get("iam_instance_profile"),
        ssh_port=values["ssh_port"],
        associate_public_ip=values.get("associate_public_ip"),
        tags=owntags.read(values.get("tags", ())),
        spot=values["spot"],
        ttl=durations.parse(values["ttl"]) if "ttl" in values else None,
        user_data=conf.beside(values["user_data"]) if "user_data" in values else None,
        jump=jumphosts.read(values.get("proxy_jump", ()), private_key),
    )


def read_for_launch(conf: Conf) -> Ec2Settings:
    """The settings for a launch.

    Raises ConfigError where a key that it needs is missing, or pem or user data cannot be used.
    """
    conf.require()
    for key in ("key_name", "security_groups"):
        require(conf, key)
    settings = read(conf)
    pem.check(settings.pem)
    if settings.user_data:
        userdata.read(settings.user_data)
    return settings


def require(conf: Conf, key: str) -> None:
    """Refuse to go on without ``key``. Raises ConfigError where the file does not have it."""
    if key not in conf.section(_SECTION):
        raise ConfigError(f"{conf.where(_SECTION, key)}: is missing, and a launch needs it")


def new_pem(conf: Conf) -> Path:
    """Where a new pem for key_name belongs: beside the file. Raises ConfigError where no key is named."""
    require(conf, "key_name")
    return _pem_places(conf, conf.section(_SECTION)["key_name"])[0]


def _pem(conf: Conf, name: str) -> Path:
    places = _pem_places(conf, name)
    return next((place for place in places if is_file(place)), places[0])


def _pem_places(conf: Conf, name: str) -> list[Path]:
    """Beside the file, then in ~/.ssh; ``name.pem`` before ``name``, which may be anything."""
    names = [name] if name.endswith(".pem") else [f"{name}.pem", name]
    return [conf.beside(one) for one in names] + [Path.home() / ".ssh" / one for one in names]
