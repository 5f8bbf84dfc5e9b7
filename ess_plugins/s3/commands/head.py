"""`ess s3 head`: arguments and output."""

import argparse
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from ess_core.host.command import ShowOne
from ess_plugins.s3 import objects
from ess_plugins.s3.commands.common import add_access, client
from ess_plugins.s3.reading.fetch import Source

COLUMNS = tuple(field.name for field in fields(objects.Metadata))


class Head(ShowOne):
    """Show what S3 knows of an object, without reading it."""

    columns = COLUMNS

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("key", metavar="BUCKET/KEY", help="the object; s3:// may stand before it")
        add_access(parser)

    def take_action(self, args: argparse.Namespace) -> tuple[Sequence[str], Sequence[Any]]:
        where = objects.object_at(args.key)
        found = objects.metadata(Source(client(self, args), where.bucket, where.prefix))
        return COLUMNS, [getattr(found, name) for name in COLUMNS]
