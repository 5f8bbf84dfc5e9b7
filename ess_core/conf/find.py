"""Where instance.conf is."""

import os
from dataclasses import dataclass
from pathlib import Path

from ess_core.conf.text import expanded
from ess_core.errors import ConfigError
from ess_core.home import home

NAME = "instance.conf"
HINT_INIT = "ess config init writes a commented one"


@dataclass(frozen=True)
class Overrides:
    """What the command line says; it wins over the file and the environment."""

    conf: Path | None = None
    credentials: str | None = None
    profile: str | None = None
    region: str | None = None


NO_OVERRIDES = Overrides()


def find(overrides: Overrides = NO_OVERRIDES) -> Path | None:
    """The configuration file in use, or None: ``--conf``, ``$ESS_CONF``, the working folder, ESS_HOME.

    Raises ConfigError where the first two name a file that does not exist.
    """
    if overrides.conf is not None:
        return _named(overrides.conf, "--conf")
    if os.environ.get("ESS_CONF"):
        return _named(Path(os.environ["ESS_CONF"]), "ESS_CONF")
    places = (Path(NAME), home() / NAME)
    return next((place.absolute() for place in places if _exists(place)), None)


def _named(path: Path, origin: str) -> Path:
    path = expanded(str(path))
    if not _exists(path):
        raise ConfigError(f"{origin}: there is no file {str(path)!r}", HINT_INIT)
    return path.absolute()


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a folder we may not enter, a NUL byte or an endless name
        return False
