"""The commands."""

from ess_core.host.command import BaseCommand, Lister


class World(BaseCommand):
    """Greet the world."""

    def arguments(self, parser):
        parser.add_argument("--name", default="world", help="whom to greet, 100%% of the time")

    def take_action(self, args):
        self.app.stdout.write(f"{self.conf.section('Hello')['greeting']}, {args.name}!\n")


class Nodes(Lister):
    """Greet every node."""

    columns = ("node", "greeting")

    def take_action(self, args):
        return self.columns, [("node 1", "hello"), ("node 2", "hello")]
