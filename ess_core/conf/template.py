"""The commented instance.conf that ``ess config init`` writes, from what the schemas say about their keys."""

from collections.abc import Iterator
from typing import Any

from ess_core.conf.schema import AWS, EC2
from ess_core.conf.schemas import Schema, schemas

_HEAD = """\
# Settings of ess. A blank and '#' start a comment; relative paths start at the folder of this file.
# ess config check reads this file and says what is wrong with it.
"""
_COMMENT_COLUMN = 37


def template() -> str:
    """The text of a new instance.conf: what most people set, and everything else behind '#'."""
    found, _broken = schemas()
    if EC2 in found:
        del found[AWS]  # the same keys stand in [EC2], where users have them
    first = sorted(found, key=lambda name: name != EC2)
    return "\n".join((_HEAD, *("\n".join((*_section(name, found[name]), "")) for name in first)))


def _section(name: str, schema: Schema) -> Iterator[str]:
    active = [key for key, rules in schema.items() if _is_active(rules)]
    yield f"[{name}]" if active else f"# [{name}]"
    yield from (_line(key, schema[key]) for key in active)
    yield from (_line(f"# {key}", rules) for key, rules in schema.items() if key not in active)


def _is_active(rules: dict[str, Any]) -> bool:
    return bool(rules.get("required") or rules.get("meta", {}).get("init"))


def _line(key: str, rules: dict[str, Any]) -> str:
    meta = rules.get("meta", {})
    setting = f"{key}: {meta.get('example', rules.get('default', ''))}"
    comment = " ".join(str(meta.get("help", "")).split())
    return f"{setting:<{_COMMENT_COLUMN - 1}} # {comment}" if comment else setting
