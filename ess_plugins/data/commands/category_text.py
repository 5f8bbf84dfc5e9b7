"""`ess category export` and `import`: arguments and output."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.errors import EssError, UsageError
from ess_core.files import selected
from ess_core.host.command import BaseCommand
from ess_core.host.escape import escape
from ess_plugins.data.commands import categories as shown
from ess_plugins.data.commands.common import add_label

if TYPE_CHECKING:
    from ess_core.tables.categories import Category

STDIN = "-"


class CategoryExport(BaseCommand):
    """Print categories as text that people can read, compare and keep in git."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; else all of the datastore")
        add_label(parser)

    def take_action(self, args: argparse.Namespace) -> None:
        from ess_core.tables import categories
        from ess_core.tables.categories.exporting import exported

        if args.names:
            found = [shown.category(args, name) for name in dict.fromkeys(args.names)]
        else:
            found = categories.known(selected.find(args.label).url)
        self.binary_stdout.write(exported(found).encode())


class CategoryImport(BaseCommand):
    """Add the categories of a text that `ess category export` wrote, all or none.

    Their files are listed when they are used. A command in it, for --preprocess, is shown and asked for:
    it will be run on every file.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the text; - reads stdin")
        parser.add_argument("--overwrite", action="store_true", help="replace categories of the same names")
        parser.add_argument("--yes", action="store_true", help="accept the commands in it without asking")
        add_label(parser)

    def take_action(self, args: argparse.Namespace) -> int:
        from ess_core.tables import categories
        from ess_core.tables.categories.importing import imported

        place = selected.find(args.label)
        found = imported(self._text(args.file), args.file, place.url, place.label)
        if not all(args.yes or self._accepts(one) for one in found if one.preprocess):
            self.say("nothing was added")
            return 1
        kept = categories.add_all(found, overwrite=args.overwrite)
        self.say(f"added to {place.url}: {', '.join(one.name for one in kept) or 'nothing'}")
        return 0

    def _accepts(self, category: "Category") -> bool:
        """Show the command of a category and ask. Raises UsageError where nobody can answer."""
        what = f"category {category.name} runs on every file: {escape(category.preprocess)}"
        if not (self.app.stdin.isatty() and self.app.stderr.isatty()):
            raise UsageError(what, "--yes accepts the commands in the text")
        return self.ask(f"{what}\nadd it?")

    def _text(self, name: str) -> str:
        try:
            data = self.app.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
            return data.decode("utf-8-sig").replace("\r\n", "\n")
        except OSError as error:
            raise EssError(f"cannot read {name!r}: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise UsageError(f"{name}:{line}: this is no UTF-8") from error
