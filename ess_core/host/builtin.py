"""What the core itself gives, through the same door as every plugin; its name is ``core``."""

from collections.abc import Iterator

from ess_core.host.hookspecs import Command, hookimpl

_HERE = "ess_core.host.commands"
_FORMATS = "ess_core.host.formats"


@hookimpl
def ess_commands() -> Iterator[Command]:
    """The commands about ess itself."""
    yield Command("help", f"{_HERE}.general:Help", "Show what ess can do, or how one command is used.")
    yield Command(
        "plugin list",
        f"{_HERE}.plugins:List",
        "Show the installed plugins, what each adds and why one is off.",
    )


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
