"""What a worker runs when it boots: the user's file, and the script that ends it when its time is over.

Source: https://docs.cloud-init.io/en/latest/explanation/format.html
"""

import zlib
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast

from ess_core.conf.text import is_file, shown
from ess_core.errors import ConfigError
from ess_plugins.ec2 import lifetime

LIMIT_BYTES = 16384
LONGEST_FILE_BYTES = 1 << 20
GZIP = b"\x1f\x8b"
MULTIPART = (b"content-type: multipart/", b"mime-version:")
KINDS = {"#!": "x-shellscript", "#cloud-config": "cloud-config"}


def make(path: Path | None, expires: datetime | None) -> str | None:
    """The user data of a launch, before base64; None where there is none.

    ``path`` is the user's own, which is left as it is unless something must be put beside it. Raises
    ConfigError where it cannot be read or joined, or the result is more than EC2 takes.
    """
    own = read(path) if path else None
    if expires is None:
        return _checked(own, path) if own is not None else None
    return _checked(_joined(lifetime.script(expires), own, path), path)


def read(path: Path) -> bytes:
    """The text of the user's file, unpacked if it is compressed. Raises ConfigError where it is no text."""
    if not is_file(path):
        raise ConfigError(f"[EC2] user_data: there is no file {shown(path)}")
    try:
        with path.open("rb") as stream:
            data = stream.read(LONGEST_FILE_BYTES + 1)
        text = _unpacked(data) if data.startswith(GZIP) else data
        if len(text) > LONGEST_FILE_BYTES:
            raise ConfigError(f"{shown(path)}: is larger than 1 MiB; this cannot be the right file")
        text.decode("utf-8")
    except OSError as error:
        raise ConfigError(f"{shown(path)}: cannot be read: {error.strerror}") from None
    except zlib.error:
        raise ConfigError(f"{shown(path)}: is compressed, and damaged") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{shown(path)}: is not UTF-8 text, nor such text compressed by gzip") from None
    return text


def _unpacked(data: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    text = unpacking.decompress(data, LONGEST_FILE_BYTES + 1)
    if not unpacking.eof and len(text) <= LONGEST_FILE_BYTES:
        raise zlib.error("truncated")
    return text


def _checked(data: bytes, path: Path | None) -> str:
    if len(data) > LIMIT_BYTES:
        what = f"{shown(path)}: with it the user data is" if path else "the user data is"
        raise ConfigError(
            f"{what} {len(data)} bytes; EC2 takes {LIMIT_BYTES}",
            "let a short script fetch the long one, for example from S3",
        )
    return data.decode("utf-8")


def _joined(script: str, own: bytes | None, path: Path | None) -> bytes:
    """One MIME multipart document: ours first, as a hook that runs early at every boot."""
    whole = EmailMessage(policy.default)
    whole.make_mixed()
    whole.attach(_part(script, "cloud-boothook", f"{lifetime.NAME}.sh"))
    for part in _own_parts(own, path) if own is not None and path else ():
        whole.attach(part)
    return whole.as_bytes()


def _own_parts(own: bytes, path: Path) -> list[EmailMessage]:
    if own.lower().startswith(MULTIPART):
        parsed = message_from_bytes(own, policy=policy.default)
        if not parsed.is_multipart() or parsed.defects:
            raise ConfigError(f"{shown(path)}: begins like MIME multipart, and is not")
        return cast(list[EmailMessage], list(parsed.iter_parts()))
    text = own.decode("utf-8")
    words = text.split(maxsplit=1)
    kind = "#!" if text.startswith("#!") else words[0] if words else ""
    if kind not in KINDS:
        raise ConfigError(
            f"{shown(path)}: begins neither as a shell script (#!) nor with #cloud-config nor as MIME "
            "multipart, so the script that ends the workers cannot be put beside it",
            "change its first line, or write ttl: none",
        )
    return [_part(text, KINDS[kind])]


def _part(text: str, kind: str, name: str | None = None) -> EmailMessage:
    """One part, that cloud-init gets out exactly: it reads what is not ASCII rightly from base64 only."""
    part = EmailMessage(policy.default)
    if text.isascii() and text.endswith("\n") and "\r" not in text:
        part.set_content(text, kind, cte="7bit", filename=name)
    else:
        part.set_content(text.encode(), "text", kind, cte="base64", filename=name)
    return part
