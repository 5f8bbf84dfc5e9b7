"""The least IAM policy for some commands, made of what their plugins say each of them needs."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ess_core.host.commandtable import CommandTable, Declared

VERSION = "2012-10-17"


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource; both may have IAM's ``*`` and ``?``. ``condition`` is JSON, or empty."""

    action: str
    resource: str
    condition: str = ""

    def covers(self, other: "Grant") -> bool:
        """Whether everything that ``other`` allows is allowed by this one too."""
        return (
            self.condition in ("", other.condition)
            and _matches(self.action.lower(), other.action.lower())
            and _matches(self.resource, other.resource)
        )


def policy(statements: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A policy document that allows what ``statements`` allow and no more, always in the same order.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    grants = sorted({grant for statement in statements for grant in _grants(statement)})
    for grant in list(grants):
        if any(other.covers(grant) for other in grants if other != grant):
            grants.remove(grant)
    return {"Version": VERSION, "Statement": [_statement(*group) for group in _grouped(grants)]}


def named(table: CommandTable, words: Sequence[str]) -> list[Declared]:
    """The commands and groups that ``words`` name one after the other, or all commands where there are none.

    Raises UsageError where something else stands there.
    """
    rest = " ".join(words).split()
    found, last = ([] if rest else table.under()), list[str]()
    while rest:
        end = next((end for end in range(len(rest), 0, -1) if _called(table, rest[:end])), 0)
        if not end:
            raise table.unknown([*last, *rest])
        last, rest = rest[:end], rest[end:]
        found += _called(table, last)
    return found


def _called(table: CommandTable, words: Sequence[str]) -> list[Declared]:
    name = " ".join(words)
    return [table.commands[name]] if name in table.commands else table.under(name)


def _grants(statement: Mapping[str, Any]) -> Iterable[Grant]:
    condition = statement.get("Condition")
    told = json.dumps(condition, sort_keys=True) if condition else ""
    return (
        Grant(action, resource, told)
        for action in _list(statement["Action"])
        for resource in _list(statement["Resource"])
    )


def _grouped(grants: Iterable[Grant]) -> list[tuple[list[str], list[str], str]]:
    """Actions, resources and condition of each statement; grants that differ in one of them share one."""
    resources: dict[tuple[str, str], set[str]] = defaultdict(set)
    for grant in grants:
        resources[grant.action, grant.condition].add(grant.resource)
    actions: dict[tuple[tuple[str, ...], str], list[str]] = defaultdict(list)
    for (action, condition), of_action in resources.items():
        actions[tuple(sorted(of_action)), condition].append(action)
    return sorted((sorted(some), list(where), condition) for (where, condition), some in actions.items())


def _statement(actions: list[str], resources: list[str], condition: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": json.loads(condition)} if condition else {})


def _matches(pattern: str, text: str) -> bool:
    """Whether IAM's ``pattern`` matches all that ``text`` does, which may be a pattern itself."""
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "[^*]"), text))


def _list(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
