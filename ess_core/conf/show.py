"""What ``ess config show`` lists: every value in use and where it came from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ess_core.conf import resolve
from ess_core.conf.conf import Conf
from ess_core.conf.schema import AWS, AWS_KEYS, AWS_SECTIONS
from ess_core.conf.schemas import Schema, schemas

_MASK = "********"


@dataclass(frozen=True)
class Row:
    """One value as text; secrets are masked."""

    section: str
    key: str
    value: str
    origin: str


def rows(conf: Conf) -> list[Row]:
    """The effective values: the core's own first, then those of every section."""
    found, _broken = schemas()
    sections = ((name, schema) for name, schema in found.items() if name != AWS)
    return [*_aws(conf), *(row for name, schema in sections for row in _section(conf, name, schema))]


def _aws(conf: Conf) -> Iterator[Row]:
    """What command line, file and environment decide together, whichever section it stands in."""
    used = resolve.identity(conf)
    csv = used if isinstance(used, resolve.CsvFile) else None
    profile = used if isinstance(used, resolve.Profile) else None
    region = conf.region()
    yield Row(AWS, "aws_credential", csv.name if csv else "", csv.origin if csv else "not set")
    yield Row(AWS, "profile", profile.name if profile else "", profile.origin if profile else "not set")
    yield Row(AWS, "region", region.value or "", region.origin)


def _section(conf: Conf, name: str, schema: Schema) -> Iterator[Row]:
    for key, rules in schema.items():
        if name in AWS_SECTIONS and key in AWS_KEYS:
            continue
        value = conf.section(name).get(key)
        yield Row(name, key, text(value, rules), conf.origin(name, key))


def text(value: Any, rules: dict[str, Any]) -> str:
    """A value as one types it in the file; nothing for None, and no secret."""
    if value is None:
        return ""
    if rules.get("meta", {}).get("secret"):
        return _MASK
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
