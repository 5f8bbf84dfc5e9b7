"""What the place where output goes can show."""

import locale
import os
from typing import TextIO

_DEFAULT_COLUMNS = 80


def columns() -> int:
    """How wide stdout is; argparse would ask shutil, which imports every compressor first."""
    try:
        return int(os.environ.get("COLUMNS") or os.get_terminal_size(1).columns) or _DEFAULT_COLUMNS
    except (OSError, ValueError):
        return _DEFAULT_COLUMNS


def has_colour(stream: TextIO) -> bool:
    """True for a terminal that takes colours, unless NO_COLOR is set to anything (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def has_utf8() -> bool:
    """True where the user's locale shows UTF-8; stdout itself is always written in it."""
    return locale.getencoding().lower().replace("-", "") == "utf8"
