"""What the commands on buckets and objects share: the options that say how S3 is asked."""

import argparse
from typing import Any
from urllib.parse import urlsplit

from ess_core.host.command import BaseCommand
from ess_plugins.s3 import access

REQUESTER = "requester"


def add_access(parser: argparse.ArgumentParser) -> None:
    """Add ``--endpoint-url``, ``--no-sign-request`` and ``--request-payer``."""
    parser.add_argument(
        "--endpoint-url", type=_url, metavar="URL", help="where S3 answers, instead of AWS_ENDPOINT_URL"
    )
    parser.add_argument(
        "--no-sign-request", action="store_true", help="use no credentials: for buckets that anybody may read"
    )
    parser.add_argument(
        "--request-payer",
        nargs="?",
        type=_payer,
        const=REQUESTER,
        metavar=REQUESTER,
        help="pay for the requests, where the bucket's owner asks for that",
    )


def how(args: argparse.Namespace) -> access.Access:
    """How the arguments say that S3 is asked."""
    return access.Access(args.endpoint_url, args.no_sign_request, args.request_payer or "")


def client(command: BaseCommand, args: argparse.Namespace) -> Any:
    """The S3 client that the arguments ask for."""
    return access.client(command.cloud, how(args))


def _payer(text: str) -> str:
    """The one who can be asked to pay; argparse takes the word after the option for it."""
    if text != REQUESTER:
        raise argparse.ArgumentTypeError(f"{text!r} is not {REQUESTER!r}: write --request-payer {REQUESTER}")
    return text


def _url(text: str) -> str:
    found = urlsplit(text)
    if found.scheme not in ("http", "https") or not found.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is not a URL such as https://s3.example.com")
    return text
