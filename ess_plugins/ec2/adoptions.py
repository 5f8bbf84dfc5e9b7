"""The adopted instances this machine knows of: in which region to look, and whose host keys to keep."""

import contextlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from ess_core import home
from ess_plugins.ec2.records import Records

FILE = "adopted.json"


def known(kept: Records) -> dict[str, str]:
    """The region of each adopted instance, by id; a damaged file is no file, as the tags are the truth."""
    try:
        found = json.loads(_path(kept).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(region) for name, region in found.items()} if isinstance(found, dict) else {}


def remember(kept: Records, ids: Iterable[str], region: str) -> None:
    """Add instances. Raises EssError where ESS_HOME cannot be written."""
    kept.prepare()
    _write(kept, known(kept) | dict.fromkeys(ids, region))


def forget(kept: Records, ids: Iterable[str]) -> None:
    """Drop instances; with the last one that is recorded, the host keys go too."""
    before = known(kept)
    after = {name: region for name, region in before.items() if name not in set(ids)}
    if after and after != before:
        _write(kept, after)
    elif before and not after:
        with contextlib.suppress(OSError):
            _path(kept).unlink()
            kept.tidy()


def _write(kept: Records, found: Mapping[str, str]) -> None:
    home.write_private(_path(kept), json.dumps(found, indent=1) + "\n")


def _path(kept: Records) -> Path:
    return kept.folder / FILE
