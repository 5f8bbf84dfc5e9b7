"""Which cluster work runs on: one small file in ESS_HOME, read without asking AWS."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ess_core.errors import EssError
from ess_core.home import home, private_folder, write_private

FILE = "active.json"


@dataclass(frozen=True)
class Active:
    """The active worker provider; ``cluster`` is the name its provider knows it by, if it has several.

    ``hosts`` is for ``local`` only, and none means this machine.
    """

    provider: str = "local"
    hosts: tuple[str, ...] = ()
    cluster: str = ""


def read() -> Active:
    """The active cluster; this machine where none was chosen. Raises EssError where the file is damaged."""
    path = home() / FILE
    try:
        return _parse(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Active()
    except OSError as error:
        raise EssError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(path) from error


def write(active: Active) -> None:
    """Make ``active`` the cluster that work runs on. Raises EssError where ESS_HOME cannot be written."""
    write_private(private_folder() / FILE, json.dumps(asdict(active)) + "\n")


def _parse(data: dict[str, object]) -> Active:
    provider, hosts = data["provider"], data["hosts"]
    if not isinstance(provider, str) or not isinstance(hosts, list):
        raise TypeError
    return Active(provider, tuple(str(host) for host in hosts), str(data.get("cluster", "")))


def _damaged(path: Path) -> EssError:
    return EssError(
        f"{path} does not say which cluster is active", "`ess instance local` makes it this machine again"
    )
