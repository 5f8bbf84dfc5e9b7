"""Pieces of HTML around text that may hold anything."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

_NOT_SHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def text(anything: str) -> str:
    """Text as HTML has it; what HTML cannot have, or nobody would see, is marked."""
    return escape(_NOT_SHOWN.sub("\ufffd", anything))


def element(name: str, content: str, kind: str = "") -> str:
    """An element with text in it."""
    return f'<{name} class="{kind}">{text(content)}</{name}>' if kind else f"<{name}>{text(content)}</{name}>"


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table of texts below the names of their columns."""
    heads = "".join(f'<th scope="col">{text(name)}</th>' for name in names)
    yield '<div class="scroll"><table class="list">'
    yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for row in rows:
        yield f"<tr>{''.join(element('td', cell) for cell in row)}</tr>"
    yield "</tbody>"
    yield "</table></div>"
