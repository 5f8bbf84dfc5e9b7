"""Why files cannot be used, in words that name them, and a way out."""

import errno
import os

from ess_core.errors import EssError
from ess_core.files import ChangedError, NoFileError
from ess_core.files.damage import BadFileError
from ess_core.nodes.executors import LostError
from ess_core.tables.prepared import Prepared

_FULL = os.strerror(errno.ENOSPC)


def named(error: EssError, key: str) -> EssError:
    """The same error, which names the file with that key and has a hint that fits."""
    if repr(key) not in error.message:
        error.message = f"{key!r} cannot be cleaned: {error.message}"
    error.hint = _hint(error)
    return error


def too_many_rejects(found: Prepared, most: int | None) -> EssError:
    """More rows than ``most`` are rejected in what was found."""
    name = found.category.name
    return EssError(
        f"{found.rows_rejected:,} or more rows of {name} are rejected, and {most:,} may be",
        f"`ess category rejects {name}` says why",
    )


def _hint(error: EssError) -> str:
    if isinstance(error, ChangedError | NoFileError):  # what its datastore hints at is not the user's to do
        return "try again: files are listed anew, unless --usecache is given or the category has it"
    if error.hint:
        return error.hint
    if isinstance(error, LostError):
        return "type the command again: the files that are cleaned are kept"
    if _FULL in error.message:
        return "`ess cache clear` makes room, and ESS_HOME may be on a larger disk"
    return "--skip-bad-files goes on without such files" if isinstance(error, BadFileError) else ""
