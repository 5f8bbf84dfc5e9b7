"""Reading a small text file that a person wrote, and saying what is wrong with it."""

import contextlib
import io
from pathlib import Path

from ess_core.errors import ConfigError

LIMIT_BYTES = 1 << 20
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_text(path: Path) -> str:
    """The text of ``path``, without a byte order mark. Raises ConfigError naming file, line and reason."""
    data = _read_bytes(path)
    if data.startswith(_UTF16):
        raise ConfigError(f"{shown(path)}: is UTF-16 text; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"{shown(path)}:{_line_of(error.object, error.start)}"
        raise ConfigError(f"{where}: is not UTF-8 text (byte 0x{error.object[error.start]:02x})") from None
    if "\0" in text:
        where = f"{shown(path)}:{_line_of(data, data.index(0))}"
        raise ConfigError(f"{where}: holds a NUL byte; this is not a text file")
    return text


def split_lines(text: str) -> list[str]:
    """The lines of ``text`` as an editor counts them: ended by LF, CRLF or CR only."""
    return list(io.StringIO(text, newline=None))


def expanded(name: str) -> Path:
    """The path ``name`` stands for, with ``~`` and ``~user`` replaced where there is such a user."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def is_file(path: Path) -> bool:
    """True for a regular file; a name that is too long or a folder we may not enter has none."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_exposed(path: Path) -> bool:
    """True where group or others can read or write ``path``."""
    return bool(path.stat().st_mode & 0o077)


def shown(path: Path) -> str:
    """How a message names ``path``: relative to the working folder where it lies in it."""
    with contextlib.suppress(OSError, ValueError):
        path = path.relative_to(Path.cwd())
    name = str(path)
    return name if name.isprintable() else repr(name)


def _read_bytes(path: Path) -> bytes:
    try:
        if not path.is_file():  # a pipe would be empty the second time, a device endless
            raise ConfigError(f"{shown(path)}: is not a regular file")
        with path.open("rb") as stream:
            data = stream.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{shown(path)}: cannot be read: {error.strerror}") from None
    if len(data) > LIMIT_BYTES:
        raise ConfigError(f"{shown(path)}: is larger than 1 MiB; this cannot be the right file")
    return data


def _line_of(data: bytes, offset: int) -> int:
    before = data[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1
