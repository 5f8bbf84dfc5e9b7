"""What ``ess config check`` says."""

from collections.abc import Iterator
from dataclasses import dataclass

from ess_core.conf.conf import Conf
from ess_core.conf.find import NO_OVERRIDES, Overrides
from ess_core.conf.loading import FileError, load
from ess_core.errors import ConfigError, EssError


@dataclass(frozen=True)
class Report:
    """All that is wrong with the configuration and the credentials, and all that deserves a look."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def check(overrides: Overrides = NO_OVERRIDES) -> Report:
    """Read everything that a command would read, and report instead of raising."""
    try:
        conf = load(overrides)
    except FileError as error:
        return Report(error.problems, error.warnings)
    except ConfigError as error:
        return Report((error.message,))
    return Report(tuple(_unusable(conf)), conf.warnings)


def _unusable(conf: Conf) -> Iterator[str]:
    for use in (conf.require, conf.credentials, conf.region):
        try:
            use()
        except EssError as error:
            yield error.message
