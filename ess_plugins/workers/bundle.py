"""What a node needs to work as this machine does: ess, the plugins that are on, and all they need, pinned."""

import os
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions, entry_points
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree

from ess_core.errors import EssError
from ess_core.home import private_folder
from ess_core.registry import REGISTRY
from ess_plugins.workers import wheels

OURS = "essentia-aws"
EXTRAS = ("workers", "dashboard")
"""The extras of ess whose packages a node gets; ``dashboard`` only where it is installed here."""

ENGINE = "distributed"
LAYOUT = "1"
"""Changes where what is made on a node of the same packages changes."""

GROUP = "ess.plugins"
KEPT_S = 30 * 86400.0
"""How long a wheel that nobody used is kept here."""


@dataclass(frozen=True)
class Bundle:
    """``local`` are rebuilt from here and pushed; ``public`` an index has too, in the same version."""

    local: tuple[Distribution, ...]
    public: tuple[Distribution, ...]

    @property
    def python(self) -> str:
        """The version of Python that a node needs, such as 3.12: pickles travel both ways."""
        return f"{sys.version_info.major}.{sys.version_info.minor}"

    @cached_property
    def digest(self) -> str:
        """What tells this bundle from any other; a node's environment is named after it."""
        prints = [f"{one.name} {wheels.fingerprint(one)}" for one in self.local]
        return sha256("\n".join([LAYOUT, self.python, *self.pins, *prints]).encode()).hexdigest()[:16]

    @property
    def pins(self) -> list[str]:
        """Lines for pip that name what an index has."""
        return [f"{one.name}=={one.version}" for one in self.public]

    def local_wheels(self) -> list[Path]:
        """The wheels that are always pushed."""
        return [wheels.rebuilt(one, _cache()) for one in self.local]

    def public_wheels(self) -> list[Path]:
        """The wheels that are pushed to a node like this machine, so that it needs no index."""
        return [wheels.rebuilt(one, _cache()) for one in self.public]


def current() -> Bundle:
    """What is installed and on in this process.

    Raises EssError where something that it needs is missing here, such as the extra ``workers``.
    """
    if find_spec(ENGINE) is None:
        raise _missing(f"{ENGINE} is not installed")
    found = closure([(_installed(OURS), _extras()), *((plugin, ()) for plugin in _plugins())])
    if ENGINE not in {_key(one.name) for one in found}:  # an editable ess may be older than its sources
        raise _missing(f"{OURS} is installed without its extra workers")
    local = tuple(one for one in found if one.name == OURS or wheels.is_local(one))
    return Bundle(local, tuple(one for one in found if one not in local))


def platform() -> str:
    """What a wheel that is not pure Python depends on; the bootstrap script says it the same way."""
    libc = "glibc" if "gnu" in str(sysconfig.get_config_var("HOST_GNU_TYPE") or "gnu") else "musl"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{sys.implementation.name}-{version}-{os.uname().machine}-{libc}"


def pip_wheel() -> Path:
    """pip itself as a wheel, which runs without being installed: not every Python of a node brings it."""
    try:
        return wheels.rebuilt(distribution("pip"), _cache())
    except PackageNotFoundError:
        import ensurepip

        bundled = Path(ensurepip.__file__).parent / "_bundled"
        for path in sorted(bundled.glob("pip-*.whl")):
            return path
    raise EssError("pip is not installed here, and a node needs it", f"{sys.executable} -m ensurepip")


def sweep() -> None:
    """Remove wheels that nobody has used for long."""
    for folder in _cache().iterdir():
        if time.time() - folder.stat().st_mtime > KEPT_S:
            rmtree(folder, ignore_errors=True)


def closure(roots: Sequence[tuple[Distribution, Sequence[str]]]) -> list[Distribution]:
    """The roots with these extras and all they need, by name. Raises EssError where one is missing."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, tuple[str, ...]]] = set()
    waiting = [(one, tuple(extras)) for one, extras in roots]
    while waiting:
        one, extras = waiting.pop()
        if (one.name, extras) not in seen:
            seen.add((one.name, extras))
            found.setdefault(_key(one.name), one)
            waiting += _needed(one, extras)
    return [found[name] for name in sorted(found)]


def _needed(one: Distribution, extras: Sequence[str]) -> Iterator[tuple[Distribution, tuple[str, ...]]]:
    from packaging.requirements import Requirement

    for line in one.requires or ():
        needed = Requirement(line)
        if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield _installed(needed.name, by=one.name), tuple(sorted(needed.extras))


def _extras() -> list[str]:
    return [extra for extra in EXTRAS if extra == EXTRAS[0] or _has_all(extra)]


def _has_all(extra: str) -> bool:
    from packaging.requirements import Requirement

    wanted = [Requirement(line) for line in _installed(OURS).requires or ()]
    names = [
        one.name
        for one in wanted
        if one.marker and not one.marker.evaluate({"extra": ""}) and one.marker.evaluate({"extra": extra})
    ]
    return bool(names) and {_key(name) for name in names} <= {_key(one.name) for one in distributions()}


def _plugins() -> list[Distribution]:
    """The distributions of third parties' plugins that are on and give something that work may need."""
    on = {entry.plugin for entry in REGISTRY.entries} - REGISTRY.own - {"core"}
    points = sorted(
        entry_points(group=GROUP), key=lambda point: (point.name, point.dist.name if point.dist else "")
    )
    return [point.dist for point in points if point.name in on and point.dist and point.dist.name != OURS]


def _installed(name: str, by: str = "") -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as error:
        wants = f"{by} needs {name}, which is not installed" if by else f"{name} is not installed"
        raise _missing(wants) from error


def _missing(what: str) -> EssError:
    return EssError(
        f"workers cannot be prepared: {what}", f"{sys.executable} -m pip install '{OURS}[workers]'"
    )


def _key(name: str) -> str:
    return name.replace("_", "-").replace(".", "-").lower()


def _cache() -> Path:
    return private_folder("workers", "wheels")
