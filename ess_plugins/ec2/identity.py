"""Which cluster this is and who owns it: the two tags that decide what may be ended."""

import contextlib
import hashlib
import json
import os
import re
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ess_core import home
from ess_core.cloud import Cloud, Identity
from ess_core.conf.text import is_file, read_text, shown
from ess_core.errors import EssError, UsageError

FILE = "owners.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
CHANCE_SESSION = re.compile(r"(:assumed-role/.*/)(?:botocore-session|aws-cli-session|AWSCLI-Session)[^/]*$")


def cluster_name(chosen: str | None, conf: Path) -> str:
    """The cluster's name: ``--cluster`` or the conf's key, else the one kept beside the conf, else empty.

    Raises UsageError where it cannot be a tag and a folder name.
    """
    if chosen:
        return checked(chosen)
    for place in _places(conf):
        if is_file(place):
            return checked(read_text(place).strip(), f"{shown(place)}: ")
    return ""


def checked(name: str, where: str = "") -> str:
    """The same name. Raises UsageError, beginning with ``where``, if it cannot be a tag and a folder name."""
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{where}cluster name {name[:80]!r} is not usable",
            "use letters, digits, '.', '_' and '-', at most 63, starting with a letter or digit",
        )
    return name


def new_cluster_name(conf: Path) -> str:
    """A random name, kept in ``.ess/cluster`` beside the conf; of two at the same moment, the first one's.

    Where that folder is read-only it is kept in ESS_HOME, by the folder's real path. Raises EssError where
    that cannot be written either.
    """
    name = f"c-{secrets.token_hex(4)}"
    beside, fallback = _places(conf)
    try:
        beside.parent.mkdir(mode=0o700, exist_ok=True)
        _claim(beside, name)
    except OSError:
        home.private_folder("ec2", "names")
        _claim_at_home(fallback, name)
    return cluster_name(None, conf)


def _claim_at_home(place: Path, name: str) -> None:
    try:
        _claim(place, name)
    except OSError as error:
        raise EssError(
            f"cannot write {place}: {error.strerror}", "name the cluster with --cluster"
        ) from error


def _claim(place: Path, name: str) -> None:
    """Write ``name``, whole or not at all, unless there is one already."""
    draft = place.with_name(f"{place.name}.{name}")
    try:
        draft.write_text(name + "\n", encoding="utf-8")
        with contextlib.suppress(FileExistsError):
            os.link(draft, place)
    finally:
        draft.unlink(missing_ok=True)


def _places(conf: Path) -> tuple[Path, Path]:
    """Where the name is kept: beside the conf, or in ESS_HOME."""
    folder = hashlib.sha256(os.fsencode(conf.parent.resolve())).hexdigest()[:24]
    return conf.parent / ".ess" / "cluster", home.home() / "ec2" / "names" / folder


def owner_of(identity: Identity) -> str:
    """The value of the ``ess:owner`` tag: the caller's ARN, without a session name that chance chose.

    An assumed role has another ARN each time where botocore names its session; the role is the owner then.
    """
    return CHANCE_SESSION.sub(r"\1*", identity.arn)


def remember(cloud: Cloud, identity: Identity) -> None:
    """Keep who these credentials are, so that later commands need not ask STS."""
    known = _known() | {_fingerprint(cloud): asdict(identity)}
    home.write_private(home.private_folder("ec2") / FILE, json.dumps(known, indent=1) + "\n")


def whoami(cloud: Cloud) -> Identity:
    """Who we are: from what was remembered, else from STS."""
    try:
        return Identity(**_known()[_fingerprint(cloud)])
    except (KeyError, TypeError):
        return cloud.whoami()


def _fingerprint(cloud: Cloud) -> str:
    credentials = cloud.session.get_credentials()
    key = credentials.access_key if credentials else ""
    return hashlib.sha256(f"ess:{key}".encode()).hexdigest()[:32]


def _known() -> dict[str, Any]:
    try:
        known = json.loads((home.home() / "ec2" / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
