"""The options of `ess redshift sql` that have its answer written into a bucket."""

import argparse
from collections.abc import Iterable
from dataclasses import astuple, fields
from typing import Any

from ess_core.errors import UsageError
from ess_core.files.sizes import size_text
from ess_core.phrases import count
from ess_plugins.redshift.unloading import Format, Unload, Unloaded, UnloadedFile

COLUMNS = tuple(field.name for field in fields(UnloadedFile))


def add_unload(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group("files in a bucket")
    group.add_argument(
        "--unload",
        metavar="s3://BUCKET/PREFIX",
        help="have Redshift write the answer of one SELECT into files whose names begin so, and list them",
    )
    group.add_argument(
        "--unload-format", choices=[str(one) for one in Format], help="what the files are (default: csv)"
    )
    group.add_argument("--header", action="store_true", help="a first line of names in each CSV file")
    group.add_argument("--gzip", action="store_true", help="compress the CSV files")
    group.add_argument(
        "--allow-overwrite", action="store_true", help="write although there are files of that prefix"
    )


def unload_of(args: argparse.Namespace) -> Unload | None:
    """What is to be written; None where nothing is. Raises UsageError for options that then mean nothing."""
    if args.unload is not None:
        form = Format(args.unload_format or Format.CSV)
        return Unload(args.unload, form, args.header, args.gzip, args.allow_overwrite)
    for name in ("unload_format", "header", "gzip", "allow_overwrite"):
        if getattr(args, name):
            raise UsageError(
                f"--{name.replace('_', '-')} is for files in a bucket", "add --unload s3://BUCKET/PREFIX"
            )
    return None


def rows_of(done: Unloaded) -> Iterable[tuple[Any, ...]]:
    """A row for each file."""
    return map(astuple, done.files or ())


def told(done: Unloaded, unload: Unload) -> str:
    """One line that says what was written."""
    rows = "rows" if done.rows is None else count(done.rows, "row")
    if done.files is None:
        return f"unloaded {rows} to {unload.url}; into which files, Redshift does not say"
    size = size_text(sum(file.size for file in done.files))
    return f"unloaded {rows} into {count(len(done.files), 'file')}, {size}: {unload.url}"
