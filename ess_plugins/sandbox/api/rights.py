"""What a key with a policy may do, decided as IAM does.

Of conditions there are those on ``s3:prefix``, and those on ``kms:ViaService``, which no call here meets, as
there is no KMS; a policy with others is refused when it is given.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ess_plugins.sandbox.api import s3names
from ess_plugins.sandbox.api.request import ApiRequest
from ess_plugins.sandbox.api.subject import bucket_and_keys

_PREFIX = "s3:prefix"
_CONDITIONS = (_PREFIX, "kms:ViaService")
_FREE = ("sts:GetCallerIdentity",)


@dataclass(frozen=True)
class Ask:
    """An action on one thing, by its ARN or ``*``, and what conditions may look at."""

    action: str
    resource: str
    context: Mapping[str, str]


@dataclass(frozen=True)
class Policy:
    """The statements of one policy document."""

    statements: tuple[Mapping[str, Any], ...]

    @staticmethod
    def read(text: str) -> "Policy":
        """The policy of a document. Raises ValueError where it is none, or has what is not understood."""
        try:
            found = json.loads(text)["Statement"]
            policy = Policy(tuple(found if isinstance(found, list) else [found]))
            policy.allows(Ask("", "", {}))
        except (AttributeError, KeyError, TypeError) as problem:
            raise ValueError(f"the policy document is malformed: {problem}") from problem
        return policy

    def allows(self, ask: Ask) -> bool:
        """Whether a statement allows it, and none denies it."""
        effects = {str(one["Effect"]) for one in self.statements if _is_about(one, ask)}
        return "Allow" in effects and "Deny" not in effects


def are_given(policy: Policy | None, request: ApiRequest) -> bool:
    """Whether a key may do all that the request asks; one without a policy may do anything."""
    return policy is None or all(ask.action in _FREE or policy.allows(ask) for ask in _asks(request))


def _asks(request: ApiRequest) -> Iterable[Ask]:
    if request.service != "s3":
        return [Ask(f"{request.service}:{request.action}", "*", {})]
    action = f"s3:{s3names.permission(request.action)}"
    bucket, keys = bucket_and_keys(request)
    if not bucket:
        return [Ask(action, "*", {})]
    context = {_PREFIX: request.parameters.get("prefix", "")}
    asks = [Ask(action, _arn(bucket, key), context) for key in keys]
    if source := unquote(request.headers.get("x-amz-copy-source", "")).lstrip("/"):
        asks.append(Ask("s3:GetObject", f"arn:aws:s3:::{source.partition('?')[0]}", {}))
    return asks


def _arn(bucket: str, key: str) -> str:
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


def _is_about(statement: Mapping[str, Any], ask: Ask) -> bool:
    conditions = [
        _OPERATORS[operator](ask.context.get(name, ""), _listed(wanted))
        for operator, wanted_of in statement.get("Condition", {}).items()
        for name, wanted in wanted_of.items()
        if _known(name)
    ]
    return (
        _matches(ask.action.lower(), [one.lower() for one in _listed(statement["Action"])])
        and _matches(ask.resource, _listed(statement["Resource"]))
        and all(conditions)
    )


def _known(condition: str) -> bool:
    if condition not in _CONDITIONS:
        raise KeyError(condition)
    return True


def _matches(text: str, patterns: Iterable[str]) -> bool:
    expressions = (re.escape(one).replace(r"\*", ".*").replace(r"\?", ".") for one in patterns)
    return any(re.fullmatch(expression, text, re.DOTALL) for expression in expressions)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]


_OPERATORS: dict[str, Callable[[str, list[str]], bool]] = {
    "StringEquals": lambda value, wanted: value in wanted,
    "StringLike": _matches,
}
