"""What the core itself gives, through the same door as every plugin; its name is ``core``."""

from collections.abc import Iterator

from ess_core.host.hookspecs import Command, hookimpl

_FORMATS = "ess_core.host.formats"
_COMMANDS = (
    ("complete", "general:Complete", "Print a completion script for bash or zsh."),
    (
        "config check",
        "config:Check",
        "Say all that is wrong with instance.conf and its credentials.",
    ),
    ("config init", "config:Init", "Write a commented instance.conf to start from."),
    ("config policy", "policy:Policy", "Print the least IAM policy for the installed commands."),
    ("config show", "config:Show", "Show every value in effect and where it came from; secrets are masked."),
    ("doctor", "doctor:Doctor", "Run every plugin's checks and say what is wrong."),
    ("help", "general:Help", "Show what ess can do, or how one command is used."),
    ("instance local", "instance:Local", "Run work on this machine only, or on the given hosts."),
    ("instance status", "instance:Status", "Show where work runs now and how each node is."),
    ("plugin check", "plugins:Check", "Import and try all that plugins give, and say what does not work."),
    ("plugin list", "plugins:List", "Show the installed plugins, what each adds and why one is off."),
    ("shell", "general:Shell", "Type commands at a prompt, without `ess` before them."),
)


@hookimpl
def ess_commands() -> Iterator[Command]:
    """The commands about ess itself, and about where work runs."""
    for name, target, summary in _COMMANDS:
        yield Command(name, f"ess_core.host.commands.{target}", summary)


@hookimpl
def ess_datastores() -> dict[str, str]:
    """The folders of this machine."""
    return {"file": "ess_core.files.local:Local"}


@hookimpl
def ess_worker_providers() -> dict[str, str]:
    """This machine, or hosts of one's own."""
    return {"local": "ess_core.nodes.local:LocalProvider"}


@hookimpl
def ess_checks() -> dict[str, str]:
    """What everything else rests on."""
    return {name: f"ess_core.cloud.checks:{name}" for name in ("conf", "region", "clock", "credentials")}


@hookimpl
def ess_formatters() -> dict[str, str]:
    """The output formats."""
    return {
        "table": f"{_FORMATS}.whole:Table",
        "json": f"{_FORMATS}.whole:Json",
        "yaml": f"{_FORMATS}.whole:Yaml",
        "csv": f"{_FORMATS}.whole:Csv",
        "value": f"{_FORMATS}.whole:Value",
        "ndjson": f"{_FORMATS}.stream:Ndjson",
        "tsv": f"{_FORMATS}.stream:Tsv",
        "text": f"{_FORMATS}.stream:Text",
    }
