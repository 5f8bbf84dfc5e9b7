"""Loading instance.conf."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.conf import resolve
from ess_core.conf.conf import Conf
from ess_core.conf.credentials import locate
from ess_core.conf.find import HINT_INIT, NO_OVERRIDES, Overrides, find
from ess_core.conf.mask import named
from ess_core.conf.schema import AWS_SECTIONS
from ess_core.conf.text import is_exposed, read_text, shown
from ess_core.errors import ConfigError

if TYPE_CHECKING:
    from ess_core.conf.parse import Section

Sections = Mapping[str, "Section"]


class FileError(ConfigError):
    """instance.conf is wrong: the message has the first problem, ``problems`` has all of them."""

    def __init__(self, problems: tuple[str, ...], warnings: tuple[str, ...]) -> None:
        others = len(problems) - 1
        super().__init__(problems[0], f"ess config check shows {others} more" if others else "")
        self.problems = problems
        self.warnings = warnings


def load(overrides: Overrides = NO_OVERRIDES) -> Conf:
    """The configuration in use. Raises ConfigError where its file is missing, unreadable or wrong."""
    from ess_core.conf.validate import validate  # it imports cerberus, which costs 0.1 s

    path = find(overrides)
    text, sections = _read(path) if path else ("", {})
    outcome = validate(sections)
    lines = {(name, key): value.line for name, part in sections.items() for key, value in part.values.items()}
    conf = Conf(path, outcome.sections, lines, overrides, broken=outcome.broken)
    source = shown(path) if path else ""
    said = sorted([*outcome.warnings, *_cut(text, sections)])
    warnings = (*(f"{source}:{line}: {what}" for line, what in said), *_about_credentials(conf))
    if outcome.problems:
        raise FileError(tuple(f"{source}:{line}: {what}" for line, what in outcome.problems), warnings)
    return replace(conf, warnings=warnings)


def _read(path: Path) -> tuple[str, Sections]:
    from ess_core.conf.parse import parse  # configparser: only where there is a file

    text = read_text(path)
    sections = parse(text, shown(path))
    if not sections:
        raise ConfigError(f"{shown(path)}: is empty", HINT_INIT)
    return text, sections


def _cut(text: str, sections: Sections) -> Iterator[tuple[int, str]]:
    from ess_core.conf.parse import cut_values

    for name, key, line in cut_values(text, sections):
        yield line, f"[{named(name)}] {named(key)}: what follows ' #' is a comment and not part of the value"


def _about_credentials(conf: Conf) -> Iterator[str]:
    """Warnings about the CSV, without reading it: commands that need no credentials run without it."""
    for section in AWS_SECTIONS:
        if {"aws_credential", "profile"} <= conf.section(section).keys():
            yield f"{conf.where(section, 'profile')}: is not used, since aws_credential names the keys to use"
    found = resolve.identity(conf)
    if not isinstance(found, resolve.CsvFile):
        return
    try:
        path, _user = locate(found.folder, found.name, found.where)
    except ConfigError:  # said when credentials are needed
        return
    if is_exposed(path):
        yield f"{shown(path)}: others on this machine can read it; type: chmod 600 {shlex.quote(shown(path))}"
