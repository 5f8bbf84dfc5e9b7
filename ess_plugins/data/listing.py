"""Which files of a datastore are meant, and how many there are."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from ess_core.files import Datastore, File
from ess_core.files.globs import Glob, Selection, or_nothing
from ess_core.files.levels import Folder, level
from ess_core.files.selected import Scan


def listed(
    store: Datastore, patterns: Sequence[str], excluded: Iterable[str] = (), *, recursive: bool = False
) -> Iterator[File | Folder]:
    """The files that match a pattern; where none has ``*``, ``?`` or ``[``, what is directly below each.

    ``recursive`` takes patterns without those for the beginnings of keys. Raises UsageError where one is
    malformed.
    """
    globs = tuple(Glob(text) for text in dict.fromkeys(patterns))
    unwanted = tuple(map(Glob, excluded))
    if recursive:
        globs = tuple(Glob(f"{glob.text}**") if glob.is_exact else glob for glob in globs)
    elif all(glob.is_exact for glob in globs):
        return _levels(store, [glob.text for glob in globs] or [""], Selection((), unwanted))
    return Selection(globs, unwanted).files(store)


def named(store: Datastore, texts: Iterable[str], *, literal: bool = False) -> Iterator[str]:
    """The keys that the user names, by patterns unless ``literal``; one without ``*``, ``?``, ``[`` is a key.

    Raises NothingMatchedError at the end of a pattern that has none.
    """
    for glob in [Glob(text, literal) for text in texts]:
        if glob.is_exact:
            yield glob.text
        else:
            found = (file.key for file in Selection((glob,)).files(store))
            yield from or_nothing(
                found,
                f"nothing in {store.url} matches {glob.text!r}",
                "--literal takes a key as it is, also where it has * ? or [",
            )


def counted(found: Iterable[File]) -> Scan:
    """How many files there are, and their bytes."""
    files = size_bytes = 0
    for file in found:
        files += 1
        size_bytes += file.size
    return Scan(files, size_bytes, datetime.now(UTC))


def _levels(store: Datastore, prefixes: Iterable[str], wanted: Selection) -> Iterator[File | Folder]:
    return (one for prefix in prefixes for one in level(store, prefix) if wanted.matches(one.key))
