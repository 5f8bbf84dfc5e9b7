"""The options of `ess redshift stream` that say how rows get into the table."""

import argparse
from typing import TYPE_CHECKING

from ess_core.host.arguments import whole_number

if TYPE_CHECKING:
    from ess_plugins.redshift.loading.model import Changed

_MOST_ROWS = 10**12


def add_how(parser: argparse.ArgumentParser) -> None:
    """Add what says how rows get into the table."""
    parser.add_argument(
        "--copy-option",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="an option of COPY, such as TRUNCATECOLUMNS; repeat for more",
    )
    parser.add_argument(
        "--options",
        nargs="+",
        action="extend",
        default=[],
        metavar="WORD",
        help="options of COPY as SQL has them, such as TRUNCATECOLUMNS BLANKSASNULL; after the table",
    )
    parser.add_argument(
        "--stage", choices=("parquet", "csv"), help="what to stage (default: parquet, where COPY takes it)"
    )
    parser.add_argument(
        "--copy-keys", action="store_true", help="let COPY read with session keys of yours, without a role"
    )
    parser.add_argument(
        "--add-columns", action="store_true", help="let the table have columns that only the files have"
    )
    parser.add_argument(
        "--upsert-key", metavar="COLUMNS", help="replace rows with the same key; columns with commas between"
    )
    parser.add_argument(
        "--isolate", action="store_true", help="leave out files that COPY refuses, and name them"
    )


def add_what(parser: argparse.ArgumentParser) -> None:
    """Add what says what becomes of files that were loaded before, and of bad rows."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--replace", action="store_true", help="replace the rows of files that changed since they were loaded"
    )
    group.add_argument("--append", action="store_true", help="load files that changed besides what is there")
    group.add_argument(
        "--replace-table", action="store_true", help="make the table anew, of these files only"
    )
    parser.add_argument(
        "--max-rejects", type=row_count, metavar="N", help="load nothing where more rows are rejected"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="clean and check all rows, and stage and load none"
    )


def row_count(text: str) -> int:
    """A number of rows, also 0."""
    return whole_number(text, _MOST_ROWS, least=0)


def changed(args: argparse.Namespace) -> "Changed":
    """What is to be done with files that were loaded before in another way."""
    from ess_plugins.redshift.loading.model import Changed

    if args.replace:
        return Changed.REPLACE
    return Changed.APPEND if args.append else Changed.STOP
