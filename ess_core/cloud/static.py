"""A lasting access key and a region that are plainly said, so that botocore need not be asked, nor imported.

Its import takes 0.1 s, a third of what a quick command takes. Wherever anything else of AWS's own
configuration may play a part (profiles, roles, FIPS, dual stack, a file that says more than keys and a
region), the answer is None, and botocore is asked.
"""

import os
from collections.abc import Callable, Iterator
from configparser import Error, RawConfigParser
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.conf import Conf

if TYPE_CHECKING:
    from ess_core.conf import Credentials

_HARMLESS = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_CA_BUNDLE",
        "AWS_CONFIG_FILE",
        "AWS_DEFAULT_OUTPUT",
        "AWS_DEFAULT_REGION",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_MAX_ATTEMPTS",
        "AWS_PAGER",
        "AWS_REGION",
        "AWS_RETRY_MODE",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SHARED_CREDENTIALS_FILE",
    }
)
_HARMLESS_KEYS = frozenset(
    {"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "cli_pager", "output", "region"}
)
_ENDPOINT = "AWS_ENDPOINT_URL"
_FILES = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))


@dataclass(frozen=True)
class AccessKey:
    """What a request is signed with; ``token`` is empty where the key is a lasting one."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Static:
    """All that there is to know; ``key`` is None where none is said."""

    region: str
    key: AccessKey | None


def read(conf: Conf, csv: "Callable[[], Credentials | None]") -> Static | None:
    """What conf, the keys of its CSV and the environment say, or None where they do not say all.

    Raises ConfigError for a region that is none, and what ``csv`` raises.
    """
    region = conf.region().value
    if region is None or conf.profile() or not all(map(_is_harmless, os.environ)):
        return None
    if not all(_says_little(Path(os.environ.get(name) or usual).expanduser()) for name, usual in _FILES):
        return None
    return Static(region, _key(csv()))


def _key(csv: "Credentials | None") -> AccessKey | None:
    if csv:
        return AccessKey(csv.access_key_id, csv.secret_access_key)
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    identifier, secret, token = (os.environ.get(name, "") for name in names)
    return AccessKey(identifier, secret, token) if identifier and secret else None


def _is_harmless(variable: str) -> bool:
    return not variable.startswith("AWS_") or variable in _HARMLESS or variable.startswith(_ENDPOINT)


def _says_little(path: Path) -> bool:
    """Whether one of AWS's own files is not there, or has no more than keys and a region for the default."""
    parser = RawConfigParser(default_section="", strict=False)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return True
    except (OSError, ValueError, Error):
        return False
    return set(_default_keys(parser)) <= _HARMLESS_KEYS


def _default_keys(parser: RawConfigParser) -> Iterator[str]:
    if parser.has_section("default"):
        yield from parser["default"]
