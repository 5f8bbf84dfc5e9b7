"""From the words of a command line to what runs: plugins first, then help or the application."""

import sys

from ess_core.host import help as helps
from ess_core.host import options
from ess_core.host.plugins import Host


def start(words: list[str]) -> int:
    """Run one command line; help for ess itself is answered without importing cliff, which takes 0.1 s."""
    early = options.early(words)
    host = Host()
    host.load(early.conf, without="--no-plugins" if early.no_plugins else "")
    given = options.leading(words)
    if given.words:
        from ess_core.host.app import App

        return App(host).run(words)
    if host.warnings:
        from ess_core.host import logs

        logs.say(host.warnings, sys.stderr, options.of(given))
    sys.stdout.write(helps.answer(given, host.commands.under()))
    return 0
