"""Values as the Data API writes them, and parameters as it takes them."""

from collections.abc import Mapping, Sequence
from typing import Any

from ess_plugins.sandbox.redshift.sql.tokens import Kind, tokens
from ess_plugins.sandbox.redshift.wire.messages import Column

_BOOL, _WHOLE, _FLOAT = (16,), (20, 21, 23, 26), (700, 701)
_NAMES = {
    16: "bool",
    20: "int8",
    21: "int2",
    23: "int4",
    25: "text",
    700: "float4",
    701: "float8",
    1042: "bpchar",
    1043: "varchar",
    1082: "date",
    1114: "timestamp",
    1184: "timestamptz",
    1700: "numeric",
}


def field(column: Column, value: str | None) -> dict[str, Any]:
    """A value of a record."""
    if value is None:
        return {"isNull": True}
    if column.type_oid in _BOOL:
        return {"booleanValue": value == "t"}
    if column.type_oid in _WHOLE:
        return {"longValue": int(value)}
    if column.type_oid in _FLOAT:
        return {"doubleValue": float(value)}
    return {"stringValue": value}


def column(item: Column) -> dict[str, Any]:
    """What is told of a column."""
    name = {"name": item.name, "label": item.name}
    return {**name, "typeName": _NAMES.get(item.type_oid, "varchar"), "nullable": 1}


def named_parameters(sql: str, given: Sequence[Mapping[str, str]]) -> tuple[str, tuple[str, ...]]:
    """``:name`` in ``sql`` -> ``$1`` and so on, with the values in that order.

    Raises ValueError for a parameter without a value.
    """
    values = {item["name"]: item["value"] for item in given}
    names: list[str] = []
    text, parts = "", iter(tokens(sql))
    for token in parts:
        if values and token.kind is Kind.SIGN and token.text == ":":
            name = next(parts, token).text
            if name not in values:
                raise ValueError(f"Parameter {name} has no value")
            if name not in names:
                names.append(name)
            text += f"{token.before}${names.index(name) + 1}"
        else:
            text += token.before + token.text
    return text, tuple(values[name] for name in names)
