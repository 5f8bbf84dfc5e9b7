"""What the hooks name."""

from cliff.formatters.base import ListFormatter

from ess_core.errors import EssError


class Store:
    """A datastore."""


class Provider:
    """A worker provider."""


class Executor:
    """An executor."""


def greet(change):
    """Follow a cluster's events."""


def add_options(group):
    """Add an option to a command of the core."""
    group.add_argument("--hello", action="store_true", help="say hello first")


def check_greeting(case):
    """A greeting must be friendly."""
    greeting = case.conf.section("Hello")["greeting"]
    if greeting == "Go away":
        raise EssError("the greeting is rude", "set [Hello] greeting")
    return f"says {greeting}"


class Shout(ListFormatter):
    """Rows in capitals."""

    def add_argument_group(self, parser):
        parser.add_argument("--marks", type=int, default=1, help="how many exclamation marks")

    def emit_list(self, column_names, data, stdout, parsed_args):
        for row in data:
            stdout.write(" ".join(map(str, row)).upper() + "!" * parsed_args.marks + "\n")
