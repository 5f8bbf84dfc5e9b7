"""One command for each thing to watch."""

from ess_core.host import Command, hookimpl

COMMANDS = {
    "trial abstract": ("Abstract", "Lack what a command must have."),
    "trial ask": ("Ask", "Ask a question."),
    "trial bytes": ("Bytes", "Show a name that is no UTF-8."),
    "trial clash": ("Clash", "Want an option that the host has."),
    "trial clean-up": ("CleanUp", "Wait, and clean up when told to stop."),
    "trial destroy": ("Destroy", "Be told to stop where Python ignores exceptions."),
    "trial echo": ("Echo", "Show the arguments as they arrived."),
    "trial end": ("End", "End in the way asked for."),
    "trial endless": ("Endless", "Show rows without end."),
    "trial hidden": ("Hidden", "Want an argument that overwrites the output format."),
    "trial linger": ("Linger", "Take long to leave the interpreter."),
    "trial log": ("Log", "Log a line at every level, as ess and as a library."),
    "trial missing": ("Missing", "Not be there."),
    "trial not-ours": ("NotOurs", "Be a command of cliff alone."),
    "trial options": ("GlobalOptions", "Show the global options that arrived."),
    "trial percent": ("Percent", "Have a help text that cannot be shown."),
    "trial rows": ("Rows", "Show rows with everything in them."),
    "trial show": ("Show", "Show one thing."),
    "trial some": ("Some", "Show some rows, then fail."),
    "trial steps": ("Steps", "Count to three with progress."),
}


@hookimpl
def ess_commands():
    for name, (attribute, summary) in COMMANDS.items():
        yield Command(name, f"ess_probe.commands:{attribute}", summary)
