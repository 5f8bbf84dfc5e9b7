"""Sections against the schemas of those who own them: values with their defaults, or what is wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from cerberus import errors

from ess_core.conf.coerce import Checked
from ess_core.conf.mask import is_secret, named
from ess_core.conf.parse import Section
from ess_core.conf.phrase import phrase
from ess_core.conf.schema import AWS, AWS_KEYS, AWS_SECTIONS, EC2
from ess_core.conf.schemas import Schema, schemas
from ess_core.registry import REGISTRY, Kind

Note = tuple[int, str]
"""A line of the file, and what to say about it."""

_ABSENT = Section(0, {})
_SECRET_NAMES = frozenset({"accesskeyid", "accesskey", "secretaccesskey", "secretkey", "sessiontoken"})


@dataclass
class Outcome:
    """What validation found; ``broken`` says by plugin why its schema cannot be used."""

    broken: dict[str, str]
    sections: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    problems: list[Note] = field(default_factory=list)
    warnings: list[Note] = field(default_factory=list)


def validate(sections: Mapping[str, Section]) -> Outcome:
    """Check every section of a file, and fill in the defaults of those that it does not have."""
    owned, broken = schemas()
    outcome = Outcome(broken)
    for name, schema in owned.items():
        _check(name, sections.get(name, _ABSENT), schema, outcome)
    if EC2 not in owned:
        _check(EC2, _core_part(sections.get(EC2, _ABSENT)), owned[AWS], outcome)
    for name in sections.keys() - owned.keys():
        _note_unowned(name, sections[name], [*owned], outcome)
    outcome.problems.sort()
    return outcome


def _core_part(section: Section) -> Section:
    return Section(section.line, {key: value for key, value in section.values.items() if key in AWS_KEYS})


def _note_unowned(name: str, section: Section, known: list[str], outcome: Outcome) -> None:
    secrets = _secrets(section, {})
    outcome.problems += _notes(named(name), section, {}, secrets)
    if name not in AWS_SECTIONS:
        meant = _meant(name, known, "[{}]")
        text = f"[{named(name)}]: no plugin here has such a section{meant}"
        outcome.warnings.append((section.line, text))


def _check(name: str, section: Section, schema: Schema, outcome: Outcome) -> None:
    """Keep the values of one section, or note what is wrong with them."""
    faults = _secrets(section, schema) | _empties(section)
    document = {key: value.text for key, value in section.values.items() if key not in faults}
    validator = Checked(schema)
    try:
        validator.validate(document, update=section is _ABSENT)
    except Exception as error:  # noqa: BLE001 - a check may be the plugin's own code
        outcome.broken |= _blame(name, error)
        return
    faults |= {key: text for key, text in _rejected(validator, document, schema) if key not in faults}
    outcome.problems += _notes(name, section, schema, faults)
    outcome.sections[name] = MappingProxyType(dict(validator.document))


def _blame(section: str, error: Exception) -> dict[str, str]:
    entry = REGISTRY.find(Kind.CONFIG, section)
    if entry is None:
        raise error
    return {entry.plugin: f"its check of section [{section}] failed: {type(error).__name__}"}


def _notes(name: str, section: Section, schema: Schema, faults: Mapping[str, str]) -> Iterator[Note]:
    for key, text in faults.items():
        line = section.values[key].line if key in section.values else section.line
        yield line, f"[{name}] {key if key in schema else named(key)}: {text}"


def _secrets(section: Section, schema: Schema) -> dict[str, str]:
    """Keys that hold an AWS secret by name or by value; ``meta: secret`` in a schema allows its own."""
    where = "holds an AWS secret; keep it in a credential CSV and name that file in aws_credential"
    own = {key for key, rules in schema.items() if rules.get("meta", {}).get("secret")}
    return {
        key: where
        for key, value in section.values.items()
        if key not in own and ((_is_secret_name(key) and key not in schema) or is_secret(value.text))
    }


def _is_secret_name(key: str) -> bool:
    return key.replace("_", "").replace("-", "").removeprefix("aws") in _SECRET_NAMES


def _empties(section: Section) -> dict[str, str]:
    empty = (key for key, value in section.values.items() if not value.text)
    return dict.fromkeys(empty, "has no value; delete the line to leave it out")


def _rejected(validator: Checked, document: Mapping[str, str], schema: Schema) -> Iterator[tuple[str, str]]:
    """The first fault of each key; what cannot be read is not also of the wrong type."""
    found = sorted(validator._errors, key=lambda error: error.code != errors.COERCION_FAILED.code)
    for error in reversed(found):
        key = str(error.document_path[0])
        if error.code == errors.UNKNOWN_FIELD.code:
            yield key, "unknown key" + _meant(key, [*schema], "{}")
        elif error.code == errors.REQUIRED_FIELD.code:
            yield key, "is missing"
        else:
            yield key, phrase(error, schema[key], document.get(key, ""))


def _meant(word: str, known: list[str], form: str) -> str:
    """``; did you mean …?`` where a known name is close, whatever its case."""
    by_case = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), by_case, n=1)
    return f"; did you mean {form.format(by_case[close[0]])}?" if close else ""
