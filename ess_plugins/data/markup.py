"""Pieces of HTML around text that may hold anything."""

import re
from html import escape

_NOT_SHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def text(anything: str) -> str:
    """Text as HTML has it; what HTML cannot have, or nobody would see, is marked."""
    return escape(_NOT_SHOWN.sub("\ufffd", anything))


def element(name: str, content: str, kind: str = "") -> str:
    """An element with text in it."""
    return f'<{name} class="{kind}">{text(content)}</{name}>' if kind else f"<{name}>{text(content)}</{name}>"


def heads(*names: str) -> str:
    """The head of a table."""
    cells = "".join(f'<th scope="col">{text(name)}</th>' for name in names)
    return f"<thead><tr>{cells}</tr></thead>"
