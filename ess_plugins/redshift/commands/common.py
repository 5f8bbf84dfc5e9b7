"""What the commands that connect to a warehouse share."""

import argparse
import getpass
import os
from collections.abc import Callable
from enum import StrEnum
from functools import cache, partial

from ess_core.errors import UsageError
from ess_core.files import Datastore, open_datastore
from ess_core.host.command import BaseCommand
from ess_plugins.redshift.choosing import chosen
from ess_plugins.redshift.connecting import Connection, connect
from ess_plugins.redshift.dataapi.calls import DataApi
from ess_plugins.redshift.schema import SECTION_NAME
from ess_plugins.redshift.warehouse import STAGING_FORM, Warehouse, matches

PASSWORD = "ESS_REDSHIFT_PASSWORD"  # noqa: S105 - the name of the variable
STDIN = "-"


class Via(StrEnum):
    """How a statement gets there."""

    CONNECTION = "connection"
    DATA_API = "data-api"


def add_warehouse(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which warehouse, and where its password is."""
    add_label(parser)
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from the first line of stdin"
    )


def add_datastore(parser: argparse.ArgumentParser) -> None:
    """Add the option that says where the category is."""
    parser.add_argument(
        "--datastore",
        default="",
        metavar="LABEL",
        help="the datastore of the category, instead of the active one",
    )


def add_via(parser: argparse.ArgumentParser) -> None:
    """Add the option that says how the warehouse is reached."""
    parser.add_argument(
        "--via",
        choices=[str(via) for via in Via],
        default=str(Via.CONNECTION),
        help="how to reach it; data-api asks AWS to run the statements, where it lets no connection in",
    )


def data_api(command: BaseCommand, warehouse: Warehouse) -> DataApi:
    """The Data API for the warehouse; a statement is bounded there as over a connection."""
    return DataApi(command.cloud, warehouse, command.conf.section(SECTION_NAME).get("statement_timeout", 0))


def add_label(parser: argparse.ArgumentParser) -> None:
    """Add the option that says which warehouse."""
    parser.add_argument(
        "--label", default="", metavar="LABEL", help="the registered warehouse to work on (default: the last)"
    )


def add_staging(parser: argparse.ArgumentParser) -> None:
    """Add the option that says where loads put their files."""
    parser.add_argument(
        "--staging",
        default="",
        metavar="URL",
        help="s3://BUCKET or s3://BUCKET/FOLDER where loads put what COPY reads (default: the warehouse's)",
    )


def staging_store(command: BaseCommand, warehouse: Warehouse, given: str) -> Datastore:
    """Where loads put their files: the ``given`` URL, else the warehouse's. Raises UsageError."""
    url = given or warehouse.staging
    if not url:
        raise UsageError(
            f"there is no staging folder for {warehouse.title}",
            "--staging s3://BUCKET/FOLDER, or staging in [Redshift] of instance.conf",
        )
    if not matches(STAGING_FORM, url):
        raise UsageError(f"{url!r} is no staging folder", "s3://BUCKET or s3://BUCKET/FOLDER")
    return open_datastore(url, command.cloud)


def warehouse_of(command: BaseCommand, label: str) -> Warehouse:
    """The warehouse that a command works on."""
    return chosen(command.conf, label, command.cloud.region)


def connected(command: BaseCommand, warehouse: Warehouse, typed: str | None) -> Connection:
    """A connection; ``typed`` is a password, ``-`` for stdin, or None to look for one where it is needed."""
    return connector(command, warehouse, typed)()


def connector(command: BaseCommand, warehouse: Warehouse, typed: str | None) -> Callable[[], Connection]:
    """What makes such connections, for which a password is asked once."""
    ask = cache(partial(_password, command, warehouse, typed))
    return partial(connect, command.cloud, command.conf, warehouse, ask)


def _password(command: BaseCommand, warehouse: Warehouse, typed: str | None) -> str:
    if typed == STDIN:
        return _checked(command.app.stdin.readline().rstrip("\r\n"), "stdin")
    if typed is not None:
        return typed
    if PASSWORD in os.environ:
        return _checked(os.environ[PASSWORD], PASSWORD)
    if not (command.app.stdin.isatty() and command.app.stderr.isatty()):
        raise UsageError(
            f"the password of {warehouse.user} on {warehouse.title} is not known, and there is nobody to ask",
            f"set {PASSWORD}, or pipe it in: `register … -`, --password-stdin",
        )
    asked = f"Password of {warehouse.user} on {warehouse.title}: "
    return _checked(getpass.getpass(asked, stream=command.app.stderr), "what was typed")


def _checked(password: str, where: str) -> str:
    if not password:
        raise UsageError(f"the password is empty: there is none in {where}")
    return password
