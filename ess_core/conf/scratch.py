"""Where workers may leave files for this machine: ``scratch`` in ``[Data]`` of instance.conf."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ess_core.conf.conf import Conf

SECTION, KEY = "Data", "scratch"
EXPECTED = "a bucket or a folder in one, such as s3://bucket/tmp"
_FORM = re.compile(r"(?!file:)[a-z][a-z0-9+.-]*://[^/\s]+(/\S*)?")


def url(conf: "Conf") -> str:
    """Where it is, without a ``/`` at its end; empty where it is not set."""
    return str(conf.section(SECTION).get(KEY, "")).rstrip("/")


def check(field: str, text: str, error: Callable[[str, str], None]) -> None:
    """Report what is wrong with the text of the conf, the way cerberus wants it."""
    if not _FORM.fullmatch(text):
        error(field, f"is not {EXPECTED}")
