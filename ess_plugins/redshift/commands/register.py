"""`ess redshift register` and `deregister`: arguments and output."""

import argparse
import os

from ess_core.host.arguments import whole_number
from ess_core.host.command import BaseCommand
from ess_plugins.redshift import facts, registrations
from ess_plugins.redshift.commands.common import PASSWORD, STDIN, connected
from ess_plugins.redshift.schema import SECTION_NAME
from ess_plugins.redshift.warehouse import (
    ROLE_FORM,
    SECRET_FORM,
    STAGING_FORM,
    Auth,
    Kind,
    Warehouse,
    matches,
)

_PORTS = 65535


class Register(BaseCommand):
    """Keep a warehouse under a label, for the other commands to work on.

    It is connected to, so that what is wrong is said now. No password is kept: without one here, temporary
    credentials of IAM log in; with one, later commands take it from ESS_REDSHIFT_PASSWORD or ask for it.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("cluster", metavar="CLUSTER", help="its name; with --workgroup, the workgroup's")
        parser.add_argument("database", metavar="DBNAME", help="the database to work in")
        parser.add_argument(
            "user",
            nargs="?",
            default="",
            metavar="USER",
            help="who logs in (default with IAM: the user who stands for you)",
        )
        parser.add_argument(
            "password",
            nargs="?",
            metavar="PASSWORD|-",
            help="better - for the first line of stdin: what is typed here can be seen by others",
        )
        parser.add_argument(
            "--auth",
            choices=[str(auth) for auth in Auth],
            help="how to log in (default: by password if there is one, else as [Redshift] says, else iam)",
        )
        parser.add_argument(
            "--secret-arn", type=_secret, metavar="ARN", help="the secret that has the password"
        )
        parser.add_argument(
            "--workgroup", action="store_true", help="CLUSTER is a serverless workgroup and no cluster"
        )
        parser.add_argument("--host", default="", metavar="HOST", help="connect to this, such as a tunnel")
        parser.add_argument("--port", type=_port, default=0, metavar="PORT", help="connect to this port")
        parser.add_argument(
            "--iam-role",
            type=_role,
            metavar="ARN",
            help="as whom COPY reads the bucket; or default",
        )
        parser.add_argument("--staging", type=_staging, metavar="s3://…", help="where loads put their files")
        parser.add_argument(
            "--label", metavar="LABEL", help="keep it under this name (default: that of the cluster)"
        )

    def take_action(self, args: argparse.Namespace) -> None:
        warehouse = self._warehouse(args)
        warehouse.check()
        if args.password not in (None, STDIN):
            self.warn(
                "a password on the command line can be seen by everyone on this machine, and stays in the "
                f"shell's history: use - or {PASSWORD}"
            )
        with connected(self, warehouse, args.password) as connection:
            found = facts.of(connection)
        registrations.register(warehouse)
        self.say(
            f"registered {warehouse.title} as {warehouse.label}: database {found.database}, "
            f"user {found.user}, {found.version}"
        )
        if warehouse.auth is Auth.PASSWORD:
            self.say(f"the password is not kept: set {PASSWORD}, or type it when asked")

    def _warehouse(self, args: argparse.Namespace) -> Warehouse:
        return Warehouse(
            label=registrations.checked_label(args.label or args.cluster),
            kind=Kind.WORKGROUP if args.workgroup else Kind.CLUSTER,
            name=args.cluster,
            database=args.database,
            user=args.user,
            auth=self._auth(args),
            region=self.cloud.region,
            secret_arn=args.secret_arn or "",
            host=args.host,
            port=args.port,
            iam_role=args.iam_role or "",
            staging=(args.staging or "").rstrip("/"),
        )

    def _auth(self, args: argparse.Namespace) -> Auth:
        if args.auth:
            return Auth(args.auth)
        if args.secret_arn:
            return Auth.SECRET
        if args.password is not None or (args.user and PASSWORD in os.environ):
            return Auth.PASSWORD
        return Auth(self.conf.section(SECTION_NAME).get("auth", Auth.IAM))


class Deregister(BaseCommand):
    """Forget a warehouse; it and its tables stay as they are."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "label", nargs="?", default="", metavar="LABEL", help="which one (default: the last registered)"
        )

    def take_action(self, args: argparse.Namespace) -> None:
        gone = registrations.deregister(args.label)
        self.say(f"forgot {gone.title} (label {gone.label})")


def _port(text: str) -> int:
    return whole_number(text, _PORTS)


def _secret(text: str) -> str:
    return _of_form(SECRET_FORM, text, "the ARN of a secret")


def _role(text: str) -> str:
    return _of_form(f"default|{ROLE_FORM}", text, "default or the ARN of a role")


def _staging(text: str) -> str:
    return _of_form(STAGING_FORM, text, "s3://BUCKET or s3://BUCKET/FOLDER")


def _of_form(form: str, text: str, expected: str) -> str:
    if not matches(form, text):
        raise argparse.ArgumentTypeError(f"{text!r} is not {expected}")
    return text
