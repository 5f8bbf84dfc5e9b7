"""A wheel rebuilt from what is installed here, so that a node gets exactly that, without an index.

Source: https://packaging.python.org/en/latest/specifications/binary-distribution-format/ and, for what is
installed, recording-installed-packages and direct-url beside it.
"""

import base64
import json
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import Distribution
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from ess_core.errors import EssError

FAST = 1  # zlib's level: what is saved with a higher one takes longer than to send it
_OF_THE_INSTALLER = frozenset(
    {"RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "direct_url.json"}
)
_PURE = "Wheel-Version: 1.0\nGenerator: ess\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass(frozen=True)
class Member:
    """One file of a wheel: its name there, and where it is here."""

    name: str
    path: Path

    def read(self) -> bytes:
        """Its content; a script that was installed for this Python is one for any again."""
        content = self.path.read_bytes()
        if ".data/scripts/" in self.name and re.match(rb"#!.*python", content):
            return b"#!python\n" + content.partition(b"\n")[2]
        return content


def is_local(distribution: Distribution) -> bool:
    """Whether it came from a folder, a file or a repository, so that no index need have the same."""
    return distribution.read_text("direct_url.json") is not None or distribution.files is None


def fingerprint(distribution: Distribution) -> str:
    """What tells its content from any other: the hashes that are recorded; where it is local, the files'."""
    if not is_local(distribution):
        return sha256((distribution.read_text("RECORD") or "").encode()).hexdigest()
    digest = sha256()
    for member in _members(distribution):
        digest.update(f"{member.name}\0".encode() + sha256(member.read()).digest())
    return digest.hexdigest()


def rebuilt(distribution: Distribution, cache: Path) -> Path:
    """Its wheel below the folder ``cache``, built where it is not there yet.

    Raises EssError where its files are not known, or not there.
    """
    path = cache / fingerprint(distribution)[:16] / _file_name(distribution)
    if path.exists():
        os.utime(path.parent)
        return path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            _write(distribution, stream)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    return path


def _write(distribution: Distribution, stream: IO[bytes]) -> None:
    info = f"{_stem(distribution)}.dist-info"
    record = []
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as wheel:
        for member in _members(distribution):
            try:
                content = member.read()
                mode = 0o755 if member.path.stat().st_mode & 0o100 else 0o644
            except OSError as error:
                raise EssError(
                    f"{_named(distribution)} is not whole: {member.path}: {error.strerror}",
                    f"install it again: {sys.executable} -m pip install --force-reinstall "
                    f"{distribution.name}=={distribution.version}",
                ) from error
            wheel.writestr(_entry(member.name, mode), content)
            record.append(_line(member.name, content))
        about = _about(distribution).encode()
        wheel.writestr(_entry(f"{info}/WHEEL", 0o644), about)
        lines = [*record, _line(f"{info}/WHEEL", about), f"{info}/RECORD,,"]
        wheel.writestr(_entry(f"{info}/RECORD", 0o644), "\n".join(lines) + "\n")


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    """Without the time, so that the same files always give the same wheel."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = (0o100000 | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _line(name: str, content: bytes) -> str:
    digest = base64.urlsafe_b64encode(sha256(content).digest()).rstrip(b"=").decode()
    quoted = f'"{name}"' if "," in name else name
    return f"{quoted},sha256={digest},{len(content)}"


def _members(distribution: Distribution) -> Iterator[Member]:
    """Its files in the order of their names; all but what this environment's installer added."""
    found = _linked(distribution) if _is_linked(distribution) else _recorded(distribution)
    yield from sorted({member.name: member for member in found}.values(), key=lambda member: member.name)


def _is_linked(distribution: Distribution) -> bool:
    """Whether only a link to its sources is installed."""
    try:
        told = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        told = {}
    return distribution.files is None or bool(told.get("dir_info", {}).get("editable"))


def _recorded(distribution: Distribution) -> Iterator[Member]:
    made = {f"bin/{point.name}" for point in distribution.entry_points if "_scripts" in point.group}
    root = Path(os.path.abspath(str(distribution.locate_file(""))))
    for file in distribution.files or ():
        path = Path(os.path.abspath(str(distribution.locate_file(file))))
        if "__pycache__" in file.parts or file.suffix == ".pyc":
            continue
        if path.is_relative_to(root):
            yield from _in_root(distribution, path, path.relative_to(root))
        elif (
            path.is_relative_to(sys.prefix) and (place := path.relative_to(sys.prefix).as_posix()) not in made
        ):
            kind = "scripts/" if place.startswith("bin/") else "data/"
            name = place.removeprefix("bin/") if kind == "scripts/" else place
            yield Member(f"{_stem(distribution)}.data/{kind}{name}", path)


def _in_root(distribution: Distribution, path: Path, place: Path) -> Iterator[Member]:
    folder, *rest = place.parts
    if not (rest and folder.endswith(".dist-info")):
        yield Member(place.as_posix(), path)
    elif place.name not in _OF_THE_INSTALLER | {"WHEEL"}:
        yield Member("/".join([f"{_stem(distribution)}.dist-info", *rest]), path)


def _linked(distribution: Distribution) -> Iterator[Member]:
    """The packages and modules that it names, where they are, and what is known of it."""
    for name in sorted(_modules(distribution)):
        spec = find_spec(name)
        places = list(spec.submodule_search_locations or ()) if spec else []
        if spec is None:
            raise EssError(f"{_named(distribution)} names a module {name}, and there is none")
        for place in places:
            yield from _below(Path(place), name)
        if not places and spec.origin:
            yield Member(Path(spec.origin).name, Path(spec.origin))
    folder = _info(distribution)
    for path in folder.rglob("*"):
        if path.is_file():
            yield from _in_root(distribution, path, Path("x.dist-info") / path.relative_to(folder))


def _modules(distribution: Distribution) -> set[str]:
    listed = (distribution.read_text("top_level.txt") or "").split()
    return {*listed, *(point.module.partition(".")[0] for point in distribution.entry_points)}


def _below(folder: Path, name: str) -> Iterator[Member]:
    for where, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if each != "__pycache__" and not each.startswith(".")]
        for file in files:
            if not file.endswith(".pyc"):
                path = Path(where, file)
                yield Member(f"{name}/{path.relative_to(folder).as_posix()}", path)


def _info(distribution: Distribution) -> Path:
    """The folder of what is known of it, which importlib.metadata keeps to itself."""
    folder = Path(str(getattr(distribution, "_path", "")))
    if folder.suffix == ".dist-info" and folder.is_dir():
        return folder
    raise EssError(f"{_named(distribution)} is not installed as a wheel is", "install it with pip")


def _about(distribution: Distribution) -> str:
    return distribution.read_text("WHEEL") or _PURE


def _file_name(distribution: Distribution) -> str:
    tags = [line[4:].strip().split("-") for line in _about(distribution).splitlines() if line[:4] == "Tag:"]
    shown = "-".join(".".join(dict.fromkeys(part)) for part in zip(*tags, strict=True)) or "py3-none-any"
    return f"{_stem(distribution)}-{shown}.whl"


def _stem(distribution: Distribution) -> str:
    return f"{_escaped(distribution.name)}-{distribution.version.replace('-', '_')}"


def _escaped(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def _named(distribution: Distribution) -> str:
    return f"{distribution.name} {distribution.version}"
