"""What the workers plugin adds to ess."""

from collections.abc import Iterator, Mapping
from typing import Any

from ess_core.host import Command, hookimpl

_COMMANDS = "ess_plugins.workers.commands"
_WITH_EXECUTOR = ("category rejects", "query", "redshift gentable", "redshift stream", "stream")
"""The commands, of whatever plugin, whose work is done on workers."""


@hookimpl
def ess_commands() -> Iterator[Command]:
    yield Command(
        "cluster dashboard",
        f"{_COMMANDS}.cluster:Dashboard",
        "Open a way to the engine's pages on this machine, and hold it until Ctrl-C.",
    )
    yield Command(
        "cluster prepare",
        f"{_COMMANDS}.cluster:Prepare",
        "Bring every worker what work needs there, and start the engine on them.",
    )
    yield Command("exec", f"{_COMMANDS}.exec:Exec", "Run a command on every worker at the same time.")
    yield Command(
        "file get", f"{_COMMANDS}.file:Get", "Bring files of every worker here, into a folder for each."
    )
    yield Command(
        "file mkdir", f"{_COMMANDS}.file:Mkdir", "Make folders on every worker, with those above them."
    )
    yield Command("file push", f"{_COMMANDS}.file:Push", "Send files and folders to every worker.")


@hookimpl
def ess_command_options() -> Mapping[str, str]:
    return {"instance ec2 create": "ess_plugins.workers.commands.prepare_option:add"}


@hookimpl
def ess_executors() -> Mapping[str, str]:
    return dict.fromkeys(("ec2", "local"), "ess_plugins.workers.executor:opened")


@hookimpl
def ess_cluster_events() -> Mapping[str, str]:
    return {event: f"ess_plugins.workers.events:{event}" for event in ("started", "before_remove", "ended")}


@hookimpl
def ess_checks() -> Mapping[str, str]:
    return {
        "workers engine": "ess_plugins.workers.doctor:engine",
        "workers scratch": "ess_plugins.workers.doctor:scratch",
    }


@hookimpl
def ess_iam() -> Mapping[str, Any]:
    """What it takes to know the workers, to lend them a key, and to have them leave files in scratch.

    Where `exec --s3out` and `stream --s3out` may write, only the user can say.
    """
    look = {"Action": ["ec2:DescribeInstances"], "Resource": ["*"]}
    lend = {"Action": ["sts:GetFederationToken"], "Resource": ["arn:aws:sts::*:federated-user/ess-*"]}
    ours = ["arn:aws:s3:::*/ess-scratch/*"]
    scratch = {"Action": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], "Resource": ours}
    abort = {"Action": ["s3:AbortMultipartUpload"], "Resource": ours}
    keys = {"Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::*"]}
    names = ("cluster dashboard", "cluster prepare", "doctor", "exec", "file get", "file mkdir", "file push")
    plain = {name: [look] for name in names} | {"doctor": [look, scratch, keys]}
    return plain | {name: [look, lend, scratch, abort] for name in _WITH_EXECUTOR}
