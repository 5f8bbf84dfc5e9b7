"""One command for each thing to watch."""

from ess_core.host import Command, hookimpl

COMMANDS = {
    "probe abstract": ("Abstract", "Lack what a command must have."),
    "probe ask": ("Ask", "Ask a question."),
    "probe bytes": ("Bytes", "Show a name that is no UTF-8."),
    "probe clash": ("Clash", "Want an option that the host has."),
    "probe clean-up": ("CleanUp", "Wait, and clean up when told to stop."),
    "probe destroy": ("Destroy", "Be told to stop where Python ignores exceptions."),
    "probe echo": ("Echo", "Show the arguments as they arrived."),
    "probe end": ("End", "End in the way asked for."),
    "probe endless": ("Endless", "Show rows without end."),
    "probe hidden": ("Hidden", "Want an argument that overwrites the output format."),
    "probe linger": ("Linger", "Take long to leave the interpreter."),
    "probe log": ("Log", "Log a line at every level, as ess and as a library."),
    "probe missing": ("Missing", "Not be there."),
    "probe not-ours": ("NotOurs", "Be a command of cliff alone."),
    "probe options": ("GlobalOptions", "Show the global options that arrived."),
    "probe percent": ("Percent", "Have a help text that cannot be shown."),
    "probe rows": ("Rows", "Show rows with everything in them."),
    "probe show": ("Show", "Show one thing."),
    "probe some": ("Some", "Show some rows, then fail."),
    "probe steps": ("Steps", "Count to three with progress."),
}


@hookimpl
def ess_commands():
    for name, (attribute, summary) in COMMANDS.items():
        yield Command(name, f"ess_probe.commands:{attribute}", summary)
