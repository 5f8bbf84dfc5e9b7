"""How large the part cache may be: ``cache_size`` in ``[Data]`` of instance.conf."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ess_core.conf import Conf

SECTION, KEY = "Data", "cache_size"
DEFAULT = "20GB"
EXPECTED = "a size such as 20GB, 500MB or 1.5TiB"
_FORM = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?([KMGT]?)(i?)B", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def limit_bytes(conf: "Conf") -> int:
    """The limit of this configuration, in bytes; 0 keeps nothing."""
    return parse(conf.section(SECTION).get(KEY, DEFAULT))


def parse(text: str) -> int:
    """The bytes that ``text`` stands for. Raises ValueError saying what it is not."""
    found = _FORM.fullmatch(text)
    if not found:
        raise ValueError(f"is not {EXPECTED}")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** _POWERS[found[2].upper()])


def check(field: str, text: str, error: Callable[[str, str], None]) -> None:
    """Report what is wrong with the text of the conf, the way cerberus wants it."""
    try:
        parse(text)
    except ValueError as fault:
        error(field, str(fault))
