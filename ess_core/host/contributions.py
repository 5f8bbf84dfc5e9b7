"""Ask one plugin's hooks what it gives, and check every answer."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ess_core.host.hookspecs import TARGET, Command
from ess_core.registry import Entry, Kind

KINDS = {
    "ess_command_options": Kind.COMMAND_OPTIONS,
    "ess_config": Kind.CONFIG,
    "ess_datastores": Kind.DATASTORE,
    "ess_worker_providers": Kind.WORKER_PROVIDER,
    "ess_executors": Kind.EXECUTOR,
    "ess_cluster_events": Kind.CLUSTER_EVENT,
    "ess_checks": Kind.CHECK,
    "ess_formatters": Kind.FORMATTER,
    "ess_iam": Kind.IAM,
}
EVENTS = ("started", "before_remove", "ended")


@dataclass(frozen=True)
class Contribution:
    """Everything one plugin gives."""

    commands: tuple[Command, ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Implementation:
    """One hook function of a plugin."""

    hook: str
    function: Callable[[], Any]


def gather(plugin: str, implementations: Iterable[Implementation]) -> Contribution:
    """Call every hook of ``plugin``. Raises what it raises; TypeError or ValueError for a wrong answer."""
    commands: list[Command] = []
    entries: list[Entry] = []
    for implementation in implementations:
        answer = implementation.function()
        if implementation.hook == "ess_commands":
            commands += _commands(answer)
        else:
            entries += _entries(plugin, implementation.hook, answer)
    return Contribution(tuple(commands), tuple(entries))


def _commands(answer: object) -> Iterator[Command]:
    if answer is None:
        return
    if not isinstance(answer, Iterable):
        raise TypeError(f"ess_commands returned {type(answer).__name__}, not Command records")
    for record in answer:
        if not isinstance(record, Command):
            raise TypeError(f"ess_commands gave a {type(record).__name__}, not a Command")
        yield record


def _entries(plugin: str, hook: str, answer: object) -> Iterator[Entry]:
    if answer is None:
        return
    if not isinstance(answer, Mapping):
        raise TypeError(f"{hook} returned {type(answer).__name__}, not a mapping")
    for name, value in answer.items():
        if not (isinstance(name, str) and name.strip() and name.isprintable()):
            raise ValueError(f"{hook} gave {name!r} as a name")
        kind = KINDS[hook]
        _check(kind, hook, name, value)
        yield Entry(kind, name, plugin, value)


def _check(kind: Kind, hook: str, name: str, value: object) -> None:
    if kind is Kind.CLUSTER_EVENT and name not in EVENTS:
        raise ValueError(f"there is no cluster event {name!r}; there are: {', '.join(EVENTS)}")
    if kind is Kind.CONFIG:
        fine, wanted = isinstance(value, Mapping), "a cerberus schema"
    elif kind is Kind.IAM:
        fine, wanted = _are_statements(value), "a list of IAM statements"
    else:
        fine, wanted = isinstance(value, str) and bool(TARGET.fullmatch(value)), "'module:attribute'"
    if not fine:
        raise ValueError(f"{hook} gave {value!r} for '{name}', not {wanted}")


def _are_statements(value: object) -> bool:
    return isinstance(value, list | tuple) and all(_is_statement(statement) for statement in value)


def _is_statement(value: object) -> bool:
    """Whether it allows actions on resources; what else IAM knows, such as Deny, cannot be merged."""
    return (
        isinstance(value, Mapping)
        and {"Action", "Resource"} <= value.keys() <= {"Action", "Resource", "Condition"}
        and _are_texts(value["Action"])
        and _are_texts(value["Resource"])
        and isinstance(value.get("Condition", {}), Mapping)
    )


def _are_texts(value: object) -> bool:
    texts = value if isinstance(value, list | tuple) else [value]
    return bool(texts) and all(isinstance(text, str) and text for text in texts)
