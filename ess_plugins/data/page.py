"""A category as one HTML page that needs nothing else: no script, no network."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from ess_core.files.sizes import size_text
from ess_plugins.data.formats import sql_type
from ess_plugins.data.heatmap import heatmap
from ess_plugins.data.markup import element, table
from ess_plugins.data.report import Report

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def page(report: Report) -> str:
    """The whole page; whatever names hold, it is text there."""
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    category = report.category
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<link rel="icon" href="data:,">'
    yield element("title", category.name)
    yield f"<style>\n{Path(__file__).with_suffix('.css').read_text(encoding='utf-8')}</style>"
    yield "</head>"
    yield "<body>"
    yield "<main>"
    yield element("h1", category.name)
    yield element("p", category.comment or category.url, "place")
    yield from _tiles(report)
    yield from heatmap(report)
    yield from _columns(report)
    yield from _facts(report)
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _tiles(report: Report) -> Iterator[str]:
    days, category = report.days, report.category
    yield '<dl class="tiles">'
    yield _tile("files", f"{category.files:,}")
    yield _tile("size", size_text(category.size_bytes))
    if days:
        yield _tile("first day", str(days.first))
        yield _tile("last day", str(days.last))
        yield _tile("days with files", f"{days.covered:,} of {days.span:,}")
        yield _tile("gaps", f"{len(days.gaps):,}", "alarm" if days.gaps else "")
    yield "</dl>"


def _tile(name: str, value: str, kind: str = "") -> str:
    shown = element("dt", name) + element("dd", value)
    return f'<div class="{kind}">{shown}</div>' if kind else f"<div>{shown}</div>"


def _columns(report: Report) -> Iterator[str]:
    columns = report.category.columns
    if not columns:
        return
    yield '<section aria-labelledby="columns">'
    yield '<h2 id="columns">Columns</h2>'
    rows = (
        (str(number), column.name or "-", column.type.value, sql_type(column))
        for number, column in enumerate(columns.columns, 1)
    )
    yield from table(("#", "name", "type", "in SQL"), rows)
    yield "</section>"


def _facts(report: Report) -> Iterator[str]:
    yield '<section aria-labelledby="facts">'
    yield '<h2 id="facts">Category</h2>'
    yield '<dl class="facts">'
    for name, value in report.facts():
        yield element("dt", name) + element("dd", value)
    yield "</dl>"
    yield "</section>"
