"""The schemas of all sections: the core's own, and those that plugins registered."""

from collections.abc import Iterator
from typing import Any

from cerberus import SchemaError

from ess_core.conf.coerce import BY_TYPE, Validator
from ess_core.conf.schema import AWS_KEYS, EC2, SECTIONS
from ess_core.registry import REGISTRY, Kind

Schema = dict[str, dict[str, Any]]


def schemas() -> tuple[dict[str, Schema], dict[str, str]]:
    """The usable schemas by section, and by plugin why its schema cannot be used."""
    usable: dict[str, Schema] = {name: _with_coercers(schema) for name, schema in SECTIONS.items()}
    broken: dict[str, str] = {}
    for entry in REGISTRY.of(Kind.CONFIG):
        is_known = entry.plugin in REGISTRY.own
        if not is_known and (reason := next(faults(entry.name, entry.value), None)):
            broken[entry.plugin] = f"its schema of section [{entry.name}] {reason}"
        else:
            core = AWS_KEYS if entry.name == EC2 else {}
            usable[entry.name] = _with_coercers(core | entry.value)
    return usable, broken


def faults(section: str, schema: Any) -> Iterator[str]:
    """What is wrong with a schema; the plugins that came with ess are tested to have good ones."""
    if section in SECTIONS:
        yield "belongs to the core"
    elif not isinstance(schema, dict) or not all(isinstance(rules, dict) for rules in schema.values()):
        yield "is not a dict of rules by key"
    elif wrong := [key for key in schema if not isinstance(key, str) or key != key.lower()]:
        yield f"names a key that is not lower case: {wrong[0]!r}"
    else:
        yield from _rejections(_with_coercers(schema))


def _rejections(schema: Schema) -> Iterator[str]:
    """A schema is good where cerberus takes it and the defaults fit it."""
    try:
        validator = Validator(schema)
        validator.validate({}, update=True)
    except SchemaError as error:
        yield f"is not a cerberus schema: {error}"
    except Exception as error:  # noqa: BLE001 - a default setter is the plugin's own code
        yield f"cannot be used: {type(error).__name__}: {error}"
    else:
        yield from (f"has a default that does not fit: {field}" for field in validator.errors)


def _with_coercers(schema: Schema) -> Schema:
    return {key: _with_coercer(rules) for key, rules in schema.items()}


def _with_coercer(rules: dict[str, Any]) -> dict[str, Any]:
    kind = rules.get("type")
    coercer = BY_TYPE.get(kind) if isinstance(kind, str) else None
    return {"coerce": coercer} | rules if coercer else rules
