"""The user's own tags, ``Team=data, Cost Center=42``: what EC2 and ess allow them to be.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
"""

from collections.abc import Callable, Iterable, Iterator

from ess_plugins.ec2 import tags

LONGEST_NAME = 128
LONGEST_VALUE = 256
MOST = 50 - len((tags.NAME, tags.CLUSTER, tags.LAUNCH, tags.OWNER, tags.EXPIRES))


def check(field: str, words: list[str], error: Callable[[str, str], None]) -> None:
    """Report what is wrong with the words of the conf, the way cerberus wants it."""
    for fault in _faults(words):
        error(field, fault)


def read(words: Iterable[str]) -> dict[str, str]:
    """The tags that checked words stand for."""
    return dict(_split(word) for word in words)


def _split(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name.strip(), value.strip()


def _faults(words: list[str]) -> Iterator[str]:
    names = [_split(word)[0] for word in words]
    yield from (fault for word in words if (fault := _fault(word)))
    if twice := [name for name in names if names.count(name) > 1]:
        yield f"has the tag {twice[0]} twice"
    if len(words) > MOST:
        yield f"has {len(words)} tags; EC2 allows 50, and ess itself needs {50 - MOST}"


def _fault(word: str) -> str:
    name, value = _split(word)
    if "=" not in word or not name:
        return f"has {word!r}, which is not a tag such as Team=data"
    if name.lower().startswith("aws:"):
        return f"has the tag {name}; AWS keeps names that begin with aws: to itself"
    if name.lower().startswith("ess:"):
        return f"has the tag {name}; ess keeps names that begin with ess: to itself"
    if name == tags.NAME:
        return "has the tag Name, which is what instance_tag is for"
    if len(name) > LONGEST_NAME:
        return f"has a tag whose name is longer than {LONGEST_NAME} characters"
    return (
        f"has a value of {name} longer than {LONGEST_VALUE} characters" if len(value) > LONGEST_VALUE else ""
    )
