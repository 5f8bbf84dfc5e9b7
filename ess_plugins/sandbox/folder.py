"""The files a sandbox gives its user, and how they go again without touching the user's own."""

import contextlib
import hashlib
import json
import os
import shlex
import shutil
import ssl
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.errors import EssError, UsageError
from ess_plugins.sandbox.redshift.binaries import forget_copy
from ess_plugins.sandbox.settings import PROFILE, SCRATCH, STATE, USERNAME, Settings
from ess_plugins.sandbox.state import Ready, is_ours, lock_file, runs

if TYPE_CHECKING:
    from ess_plugins.sandbox.api.keys import Key

CREDENTIALS = "credential_file"
PEM = "pem_file"
REDSHIFT_CA, REDSHIFT_PASSWORD = "redshift-ca.pem", "redshift_password"
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
)
TRUSTED = "trusted.pem"
"""In the sandbox's own folder: the certificates that the machine trusts, and that of its Redshift."""
CLUSTER = ".ess/cluster"
"""Where ess keeps the name of the cluster of the instance.conf beside it."""
_CONF = """\
[EC2]
aws_credential: {credentials}
use_private_ip: False
instance_tag: Essentia Worker Node
instance_type:  m3.medium
instance_count: 2
key_name: {pem}
security_groups: essentia-access
username: {username}
ssh_port: {ssh_port}
region: {region}
ttl: 24h
iam_instance_profile: {profile}

[Redshift]
cluster: essentia-warehouse
database: dev
user: admin
iam_role: arn:aws:iam::123456789012:role/essentia-redshift
staging: s3://essentia-samples/staging

[Data]
scratch: s3://{scratch}
"""


def prepare(folder: Path) -> None:
    """Make ``folder`` a sandbox's own. Raises UsageError where it holds anything else, or runs already."""
    if runs(folder):
        raise UsageError(f"a sandbox runs in {folder} already", f"ess sandbox stop --dir {folder}")
    if is_ours(folder):
        clear(folder)
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty, and not a sandbox's", "ess sandbox start --dir NEW_FOLDER")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / STATE).mkdir(mode=0o700)
    except FileExistsError as error:
        raise UsageError(f"another sandbox is just starting in {folder}") from error
    except OSError as error:
        raise EssError(f"cannot make {folder}: {error.strerror}", "ess sandbox start --dir FOLDER") from error
    lock_file(folder).touch(mode=0o600)


@dataclass(frozen=True)
class UserFiles:
    """What is in the files: an access key, the key pair's private half, Redshift's password and authority."""

    key: "Key"
    pem: str = field(repr=False)
    redshift_password: str = field(repr=False)
    redshift_ca: str


def write_user_files(settings: Settings, ready: Ready, given: UserFiles) -> None:
    """Write instance.conf, credential CSV, pem, env file and Redshift's files, and note what they are."""
    conf = _CONF.format(
        credentials=CREDENTIALS,
        pem=PEM,
        username=USERNAME,
        ssh_port=ready.ssh_port,
        region=settings.region,
        profile=PROFILE,
        scratch=SCRATCH,
    )
    header = "User Name,Access Key Id,Secret Access Key"
    key, user = given.key, given.key.identity.arn.rpartition("/")[2]
    texts = {
        "instance.conf": conf,
        f"{CREDENTIALS}.csv": f"{header}\n{user},{key.access_key_id},{key.secret}\n",
        f"{PEM}.pem": given.pem,
        REDSHIFT_CA: given.redshift_ca,
        REDSHIFT_PASSWORD: given.redshift_password + "\n",
        "env": "\n".join(export_lines(settings.folder, ready)) + "\n",
    }
    _write(settings.state / TRUSTED, _trusted_by_this_machine() + given.redshift_ca)
    written = {name: _digest(text.encode()) for name, text in texts.items()}
    _write(settings.state / "written.json", json.dumps(written))  # first: this process may end at any moment
    for name, text in texts.items():
        _write(settings.state / name, text)
        os.link(settings.state / name, settings.folder / name)  # whole, and in place of nothing
        (settings.state / name).unlink()


def environment(folder: Path, ready: Ready) -> dict[str, str]:
    """The variables that point ess, aws and boto3 to the sandbox; no secret among them."""
    return _past_proxies() | {
        "AWS_ENDPOINT_URL": ready.endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "ESS_CONF": str(folder / "instance.conf"),
        "ESS_HOME": str(folder / STATE / "home"),
        "SSL_CERT_FILE": str(folder / STATE / TRUSTED),
    }


def _trusted_by_this_machine() -> str:
    """What is read where SSL_CERT_FILE names nothing else, so that whatever was trusted still is."""
    for file in (ssl.get_default_verify_paths().cafile, *_BUNDLES):
        if file and Path(file).is_file():
            return Path(file).read_text("utf-8", "replace").rstrip("\n") + "\n"
    return ""


def _past_proxies() -> dict[str, str]:
    """Where the user has an HTTP proxy, what keeps requests to the sandbox away from it."""
    proxies = urllib.request.getproxies_environment()
    if not proxies.keys() & {"http", "all"}:
        return {}
    return {"no_proxy": ",".join(filter(None, [proxies.get("no"), "127.0.0.1"]))}


def export_lines(folder: Path, ready: Ready) -> list[str]:
    """The same as lines for a shell."""
    return [f"export {name}={shlex.quote(value)}" for name, value in environment(folder, ready).items()]


def clear(folder: Path) -> list[str]:
    """Remove what the sandbox wrote, and the name of the cluster that lived in it.

    Returns the names of what stays because it is the user's: never written by the sandbox, or changed since.
    """
    for name, digest in _written(folder).items():
        path = folder / name
        if path.is_file() and _digest(path.read_bytes()) == digest:
            path.unlink()
    (folder / CLUSTER).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        (folder / CLUSTER).parent.rmdir()
    forget_copy(folder / STATE)
    shutil.rmtree(folder / STATE, ignore_errors=True)
    return sorted(path.name for path in folder.iterdir())


def remove(folder: Path) -> list[str]:
    """Clear ``folder`` and remove it, unless something of the user's is in it; returns what stays."""
    left = clear(folder)
    if not left:
        folder.rmdir()
    return left


def _written(folder: Path) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads((folder / STATE / "written.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
