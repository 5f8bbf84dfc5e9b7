"""Categories: files of a datastore that belong together, by patterns, with dates, a format and columns.

``find`` and ``known`` give them, ``fresh`` scans one where it has to be, ``files`` streams what it has. A
:class:`Category` carries the figures of its last scan, so that no file need be counted to show them.
"""

from ess_core.tables.categories.comparing import Changes
from ess_core.tables.categories.model import NAME, Category, CategoryFile, checked
from ess_core.tables.categories.store import (
    ScanDone,
    Tally,
    add,
    add_all,
    change,
    check_new,
    compare,
    copy,
    days,
    delete,
    files,
    find,
    fresh,
    known,
    named,
    samples,
    scan,
)

__all__ = [
    "NAME",
    "Category",
    "CategoryFile",
    "Changes",
    "ScanDone",
    "Tally",
    "add",
    "add_all",
    "change",
    "check_new",
    "checked",
    "compare",
    "copy",
    "days",
    "delete",
    "files",
    "find",
    "fresh",
    "known",
    "named",
    "samples",
    "scan",
]
