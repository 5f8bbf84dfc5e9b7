"""What a user may have meant by a name that no category has."""

import difflib

from ess_core.tables import categories
from ess_core.tables.asking.tokens import tokens
from ess_core.tables.sqltokens import Kind


def meant(name: str) -> str:
    """A question for the hint, empty where no category's name comes near."""
    by_lower = {one.name.lower(): one.name for one in categories.known()}
    if name.lower() in by_lower:
        return ""  # of another datastore than the one that was asked for
    close = difflib.get_close_matches(name.lower(), by_lower, 1)
    return f"did you mean {by_lower[close[0]]}?" if close else ""


def same(name: str) -> str:
    """The category of that name, in its own case; empty where there is none."""
    return next((one.name for one in categories.known() if one.name.lower() == name.lower()), "")


def dotted(sql: str, at: int) -> str:
    """The name that begins there, with what is before a dot: ``main.web``; empty where none does."""
    names: list[str] = []
    wants_name = True
    for token in tokens(sql[at:]):
        is_name = token.kind in (Kind.WORD, Kind.QUOTED)
        if is_name is not wants_name or not (is_name or token.text == "."):
            break
        if is_name:
            names.append(token.name)
        wants_name = not is_name
    return ".".join(names)
