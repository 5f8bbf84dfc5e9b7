"""What `setup` looks after, and what became of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ess_plugins.ec2 import tags


class Outcome(StrEnum):
    """What `setup` did about a thing."""

    THERE = "there"
    MADE = "made"
    REMOVED = "removed"
    LEFT = "left"  # not made by this user's setup, or changed since


@dataclass(frozen=True)
class Item:
    """One thing: a key pair, a pem file, a security group or one of its rules."""

    kind: str
    name: str
    id: str
    outcome: Outcome


Step = Callable[[], Iterator[Item]]
"""Work that has been checked and only needs to be done; it can be done again."""


def labels(owner: str, how: str) -> dict[str, str]:
    """The tags of what setup makes; ``how`` says in what way it was made."""
    return {tags.SETUP: how, tags.OWNER: owner}


def is_made_by(owner: str, described: Mapping[str, Any]) -> bool:
    """Whether this owner's setup made the described resource."""
    found = tags.read(described.get("Tags", ()))
    return tags.SETUP in found and found.get(tags.OWNER) == owner
