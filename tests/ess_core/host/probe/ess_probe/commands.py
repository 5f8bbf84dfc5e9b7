"""The commands to watch."""

import atexit
import errno
import itertools
import logging
import os
import signal
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import cliff.command

from ess_core import errors
from ess_core.host.command import BaseCommand, Lister, ShowOne
from ess_core.host.progress import Progress
from ess_core.interrupts import Interrupted

HOSTILE = "a\tb\nc\rd\\e\x1b[31mf\x9bg\u2028é"


def _bug():
    return {}["missing"]


def _raise(error):
    raise error


def _raise_from(error, cause):
    raise error from cause


ENDINGS = {
    "nothing": lambda: None,
    "seven": lambda: 7,
    "text": lambda: "text",
    "failed": lambda: _raise(errors.EssError("it failed: the\ndisk\x1b[2J is full", "free some space")),
    "usage": lambda: _raise(errors.UsageError("that cannot be")),
    "config": lambda: _raise(errors.ConfigError("instance.conf:6: no")),
    "partly": lambda: _raise(errors.PartlyDoneError("1 of 2")),
    "no-match": lambda: _raise(errors.NothingMatchedError("none")),
    "bug": _bug,
    "base": lambda: _raise(BaseException("odd")),
    "exit": lambda: sys.exit(),
    "exit-5": lambda: sys.exit(5),
    "exit-text": lambda: sys.exit("enough"),
    "interrupt": lambda: _raise(KeyboardInterrupt()),
    "signal-in-import": lambda: _raise_from(ImportError("cannot"), Interrupted(signal.SIGTERM)),
    "broken-connection": lambda: _raise(BrokenPipeError(errno.EPIPE, "Broken pipe")),
    "secret": lambda: _raise(RuntimeError(f"key {os.environ['PROBE_SECRET']} is wrong")),
}


class End(BaseCommand):
    """End in the way asked for."""

    def arguments(self, parser):
        parser.add_argument("how", choices=sorted(ENDINGS))

    def take_action(self, args):
        return ENDINGS[args.how]()


class Echo(BaseCommand):
    """Show the arguments as they arrived."""

    def arguments(self, parser):
        parser.add_argument("words", nargs="*")
        parser.add_argument("--number", type=int)
        parser.add_argument("--type", choices=("big", "small"))

    def take_action(self, args):
        self.app.stdout.write(f"{args.words!r} {args.number} {args.type}\n")


class GlobalOptions(BaseCommand):
    """Show the global options that arrived."""

    def take_action(self, args):
        given = self.options
        self.say("said")
        self.warn("warned")
        self.app.stdout.write(
            f"{given.conf} {given.credentials} {given.profile} {given.region} "
            f"{given.no_plugins} {given.debug} {given.verbose} {given.quiet}\n"
        )


class Rows(Lister):
    """Show rows with everything in them."""

    columns = ("name", "size", "made", "day", "none", "yes", "tags", "map", "path", "price")

    def take_action(self, args):
        made = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
        more = (made, date(2026, 5, 4), None, True, ["x", "y"], {"k": 1}, Path("p"), Decimal("1.50"))
        return self.columns, [("plain", 1, *more), (HOSTILE, 2, *more)]


class Show(ShowOne):
    """Show one thing."""

    def take_action(self, args):
        return ("name", "size", "none"), (HOSTILE, 1, None)


class Bytes(Lister):
    """Show a name that is no UTF-8."""

    def take_action(self, args):
        return ("name",), [("\udcffé",)]


class Endless(Lister):
    """Show rows without end."""

    def take_action(self, args):
        return ("number",), ((number,) for number in itertools.count())


class Some(Lister):
    """Show some rows, then fail."""

    def take_action(self, args):
        def rows():
            yield ("one",)
            raise errors.PartlyDoneError("1 of 2 is done")

        return ("name",), rows()


class CleanUp(BaseCommand):
    """Wait, and clean up when told to stop."""

    def take_action(self, args):
        try:
            self.say("ready")
            time.sleep(30)
        finally:
            self.say("cleaned up")


class Destroy(BaseCommand):
    """Be told to stop where Python ignores exceptions."""

    def take_action(self, args):
        class Last:
            def __del__(self):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.05)

        last = Last()
        del last
        time.sleep(30)


class Linger(BaseCommand):
    """Take long to leave the interpreter."""

    def take_action(self, args):
        def last():
            sys.stderr.write("leaving\n")
            sys.stderr.flush()
            time.sleep(30)

        atexit.register(last)


class Ask(BaseCommand):
    """Ask a question."""

    def take_action(self, args):
        self.app.stdout.write(f"{self.ask('Go on?')}\n")


class Log(BaseCommand):
    """Log a line at every level, as ess and as a library."""

    def take_action(self, args):
        for name in ("ess.probe", "botocore.auth", "boto3", "urllib3.connectionpool", "asyncssh"):
            for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
                logging.getLogger(name).log(level, "%s %s", name, logging.getLevelName(level))


class Steps(BaseCommand):
    """Count to three with progress."""

    def take_action(self, args):
        with Progress(self) as progress:
            for done in range(4):
                progress.count("counting", done, 3)
            progress.note("done counting")


class Clash(BaseCommand):
    """Want an option that the host has."""

    def arguments(self, parser):
        parser.add_argument("-q", "--quick", action="store_true")

    def take_action(self, args):
        """Nothing."""


class Hidden(Lister):
    """Want an argument that overwrites the output format."""

    def arguments(self, parser):
        parser.add_argument("output_format")

    def take_action(self, args):
        """Nothing."""


class Abstract(BaseCommand):
    """Lack what a command must have."""


class Percent(BaseCommand):
    """Have a help text that cannot be shown."""

    def arguments(self, parser):
        parser.add_argument("--all", help="100% of them")

    def take_action(self, args):
        self.app.stdout.write("fine\n")


class NotOurs(cliff.command.Command):
    """Be a command of cliff alone."""

    def take_action(self, args):
        """Nothing."""
