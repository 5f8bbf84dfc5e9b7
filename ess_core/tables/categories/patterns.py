"""Patterns as a user types them: relative to the datastore, or with its address in front."""

from collections.abc import Iterable

from ess_core.errors import UsageError
from ess_core.files.globs import Glob, split_patterns
from ess_core.files.local import SCHEME


def typed(words: Iterable[str], url: str) -> tuple[str, ...]:
    """The patterns in some words, for keys of ``url``; blanks separate them, quotes keep them together.

    Raises UsageError where a quote is not closed, or where one is of another place.
    """
    return relative((pattern for word in words for pattern in split_patterns(word)), url)


def relative(patterns: Iterable[str], url: str) -> tuple[str, ...]:
    """Patterns without the address of the datastore that some begin with, each once.

    Raises UsageError where one is of another place.
    """
    return tuple(dict.fromkeys(_relative(pattern, url) for pattern in patterns))


def _relative(pattern: str, url: str) -> str:
    scheme = url.partition("://")[0] + "://"
    is_path = scheme == SCHEME and pattern.startswith("/")
    if not (is_path or pattern.startswith(scheme)):
        return pattern
    place = url.removesuffix("/").removeprefix(SCHEME if is_path else "")
    if pattern.rstrip("/") == place.rstrip("/"):
        raise UsageError(f"{pattern!r} is the datastore itself", "'**' is every file in it")
    if not pattern.startswith(f"{place}/"):
        how = _folder(pattern.removeprefix(scheme)) if scheme == SCHEME else _bucket(pattern, scheme)
        raise UsageError(
            f"{pattern!r} is outside the datastore {url}", f"`ess select {how}` selects its place"
        )
    return pattern[len(place) + 1 :]


def _folder(path: str) -> str:
    return f"local {Glob(path).prefix.rpartition('/')[0] or '/'}"


def _bucket(pattern: str, scheme: str) -> str:
    return scheme + pattern.removeprefix(scheme).partition("/")[0]
