"""Which of several places decides: command line, file, environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ess_core.conf.mask import quoted
from ess_core.conf.schema import AWS_SECTIONS, REGION_FORM
from ess_core.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from ess_core.conf.conf import Conf


class Region(NamedTuple):
    """A region, or None, and where it came from."""

    value: str | None
    origin: str


@dataclass(frozen=True)
class CsvFile:
    """Credentials are in file ``name`` of ``folder``; ``where`` begins an error about it."""

    folder: Path
    name: str
    where: str
    origin: str


@dataclass(frozen=True)
class Profile:
    """Credentials are those of a profile of AWS's own files."""

    name: str
    origin: str


def identity(conf: Conf) -> CsvFile | Profile | None:
    """Whose credentials are used: one answer, from the command line, ``[AWS]``, else ``[EC2]``."""
    overrides = conf.overrides
    if overrides.credentials is not None and overrides.profile is not None:
        raise UsageError("--credentials and --profile exclude each other", "give one of them")
    if overrides.credentials is not None:
        return CsvFile(Path.cwd(), overrides.credentials, "--credentials", "--credentials")
    if overrides.profile is not None:
        return Profile(overrides.profile, "--profile")
    return next(_in_file(conf), None)


def _in_file(conf: Conf) -> Iterator[CsvFile | Profile]:
    for section in AWS_SECTIONS:
        values = conf.section(section)
        if "aws_credential" in values:
            where, origin = conf.where(section, "aws_credential"), conf.origin(section, "aws_credential")
            yield CsvFile(conf.folder, values["aws_credential"], where, origin)
        if "profile" in values:
            yield Profile(values["profile"], conf.origin(section, "profile"))


def region(conf: Conf) -> Region:
    """The region that is said somewhere; the profile's and the machine's are not looked up here."""
    for value, origin in _said_regions(conf):
        if value is not None and not re.fullmatch(REGION_FORM, value):
            raise ConfigError(f"{origin}: {quoted(value)} is not a region such as us-east-1")
        return Region(value, origin)
    return Region(None, "not set")


def _said_regions(conf: Conf) -> Iterator[Region]:
    if conf.overrides.region is not None:
        yield Region(conf.overrides.region, "--region")
    for section in AWS_SECTIONS:
        if "region" in conf.section(section):
            yield Region(conf.section(section)["region"], conf.origin(section, "region"))
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if os.environ.get(variable):
            yield Region(os.environ[variable], variable)
