"""What a user may have meant by a name that no category has."""

import difflib

from ess_core.tables import categories


def meant(name: str) -> str:
    """A question for the hint, empty where no category's name comes near."""
    by_lower = {one.name.lower(): one.name for one in categories.known()}
    if name.lower() in by_lower:
        return ""  # of another datastore than the one that was asked for
    close = difflib.get_close_matches(name.lower(), by_lower, 1)
    return f"did you mean {by_lower[close[0]]}?" if close else ""
