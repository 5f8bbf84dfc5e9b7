"""What the ec2 plugin adds to ess."""

from collections.abc import Iterator, Mapping
from typing import Any

from ess_core.host import Command, hookimpl
from ess_plugins.ec2 import iam, schema

COMMANDS = "ess_plugins.ec2.commands"


@hookimpl
def ess_commands() -> Iterator[Command]:
    yield Command(
        "instance ec2 add",
        f"{COMMANDS}.add:Add",
        "Use running instances as workers too, beside those that are there.",
    )
    yield Command(
        "instance ec2 create",
        f"{COMMANDS}.create:Create",
        "Launch workers and wait until each can be logged in to.",
    )
    yield Command(
        "instance ec2 existing",
        f"{COMMANDS}.existing:Existing",
        "Use running instances as the cluster, without launching any.",
    )
    yield Command("instance ec2 list", f"{COMMANDS}.list:List", "Show the workers of this cluster.")
    yield Command(
        "instance ec2 remove",
        f"{COMMANDS}.remove:Remove",
        "Take workers out of the cluster; they run on, unless they are to be ended.",
    )
    yield Command(
        "instance ec2 setup",
        f"{COMMANDS}.setup:Setup",
        "Make the key pair and security groups that the conf names and the account lacks.",
    )
    yield Command("instance ec2 ssh", f"{COMMANDS}.ssh:Ssh", "Log in to a worker, or run one command there.")
    yield Command(
        "instance ec2 start",
        f"{COMMANDS}.start:Start",
        "Start workers that were stopped, and wait until each can be logged in to again.",
    )
    yield Command(
        "instance ec2 stop",
        f"{COMMANDS}.stop:Stop",
        "Stop workers: they keep their disks, and `start` boots them again.",
    )
    yield Command("instance ec2 terminate", f"{COMMANDS}.terminate:Terminate", "End workers for good.")


@hookimpl
def ess_config() -> Mapping[str, Any]:
    return {"EC2": schema.SECTION}


@hookimpl
def ess_worker_providers() -> Mapping[str, str]:
    return {"ec2": "ess_plugins.ec2.provider:Provider"}


@hookimpl
def ess_checks() -> Mapping[str, str]:
    names = {
        "pem": "pem_file",
        "jump host": "jump_host",
        "key pair": "key_pair",
        "type": "instance_type",
        "image": "image",
        "subnets": "subnets",
        "security groups": "security_groups",
        "quota": "quota",
        "launch": "permission_to_launch",
        "terminate": "permission_to_end",
    }
    return {f"ec2 {name}": f"ess_plugins.ec2.doctor:{function}" for name, function in names.items()}


@hookimpl
def ess_iam() -> Mapping[str, Any]:
    return iam.STATEMENTS
