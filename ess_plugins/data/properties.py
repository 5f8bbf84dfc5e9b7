"""The properties of a category that can be asked for by one word."""

from collections.abc import Callable
from typing import Any

from ess_core.tables.categories import Category
from ess_core.tables.columnspec import Column
from ess_core.tables.dialect import Dialect, Shape
from ess_core.tables.sqltext import identifier
from ess_plugins.data.report import Report

_WORDS: dict[str, Callable[[Category], str]] = {
    "columnspec": lambda category: str(category.columns or ""),
    "compression": lambda category: category.compression,
    "delimiter": lambda category: _delimiter(category.dialect),
    "pkey": lambda category: category.pkey,
    "preprocess": lambda category: category.preprocess,
    "schema": lambda category: schema(category),
}


def text(category: Category, word: str) -> str:
    """The property that is called so."""
    return _WORDS[word](category)


def schema(category: Category) -> str:
    """The columns as SQL defines them, one after the other."""
    return ", ".join(map(_definition, category.columns.kept)) if category.columns else ""


def record(report: Report) -> dict[str, Any]:
    """All that is known of a category, for a script."""
    category, days = report.category, report.days
    return {
        "name": category.name,
        "label": category.label,
        "url": category.url,
        "comment": category.comment,
        "files": category.files,
        "size": category.size_bytes,
        "archived": category.archived,
        "without_date": report.undated,
        "first": _text(category.first),
        "last": _text(category.last),
        "days": days.covered if days else 0,
        "days_missing": days.span - days.covered if days else 0,
        "gaps": len(days.gaps) if days else 0,
        "scanned": category.scanned_at,
        "patterns": list(category.patterns),
        "exclude": list(category.excluded),
        "dateregex": category.dateregex,
        "archive": category.members,
        "format": category.dialect.shape.value if category.dialect else None,
        "encoding": category.dialect.encoding if category.dialect else None,
        **{name: value(category) for name, value in _WORDS.items()},
        "usecache": category.usecache,
    }


def _delimiter(dialect: Dialect | None) -> str:
    """Empty too where there is none between cells."""
    return dialect.delimiter if dialect and dialect.shape is Shape.DELIMITED else ""


def _definition(column: Column) -> str:
    return f"{identifier(column.name)} {column.type.duckdb}"


def _text(moment: object) -> str | None:
    return str(moment) if moment else None
