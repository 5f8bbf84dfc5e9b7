"""What the API process tells the process of the SSH hosts: which hosts there should be now."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class HostSpec:
    """One host; it answers from ``ready_at`` (Unix seconds) on.

    ``fault`` is empty, ``refuse``, ``dead`` or ``hang``; an empty ``public_key`` lets nobody in. Its
    processes find AWS at ``endpoint``, and the instance's metadata at ``metadata``.
    """

    instance_id: str
    name: str
    addresses: tuple[str, ...]
    public_key: str
    ready_at: float
    endpoint: str
    metadata: str
    fault: str = ""


def encode(specs: list[HostSpec]) -> bytes:
    """One line for the socket between the two processes."""
    return json.dumps([asdict(spec) for spec in specs]).encode() + b"\n"


def decode(line: bytes) -> list[HostSpec]:
    """The hosts of one such line."""
    return [_spec(item) for item in json.loads(line)]


def _spec(item: Mapping[str, Any]) -> HostSpec:
    return HostSpec(**{**item, "addresses": tuple(item["addresses"])})
