"""The words of ``stream CATEGORY START STOP [COMMAND] TABLE``, told apart by how many they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from ess_core.errors import UsageError
from ess_core.files.dates import Range, parse_range
from ess_plugins.redshift.sql.quoting import TableName, table_name

USAGE = "CATEGORY START STOP [COMMAND] TABLE"

_NAMES = ("CATEGORY", "START", "STOP", "TABLE")
_EXAMPLE = "for example: purchases 2014-09-01 2014-09-03 'cut -f1,2' sales, or purchases '*' '*' sales"


@dataclass(frozen=True, slots=True)
class Streamed:
    """What to load: files of a category in a range, through a command unless that is empty, into a table."""

    category: str
    within: Range
    command: str
    table: TableName


def streamed(words: Sequence[str], command: str | None = None, schema: str = "public") -> Streamed:
    """What the words mean; ``command`` is that of ``--command``.

    Four words are all but the command. With five the fourth is the command, and ``--command`` is not to be
    given. A command of blanks is none. ``schema`` is for a table that is named without one.
    Raises UsageError.
    """
    if len(words) < len(_NAMES):
        missing = " and ".join(_NAMES[len(words) :])
        raise UsageError(f"{missing} {'is' if len(words) == 3 else 'are'} missing: {USAGE}", _EXAMPLE)
    if len(words) > len(_NAMES) + 1:
        raise UsageError(
            f"there are {len(words)} words, and {USAGE} are 5 at most",
            "write the command and each * in quotes, so that the shell leaves them as they are",
        )
    category, start, stop, *between, table = words
    if between and command is not None:
        raise UsageError(f"there are two commands: {between[0]!r} and --command {command!r}", USAGE)
    through = between[0] if between else command or ""
    return Streamed(category, _range(start, stop), through.strip() and through, _table(table, schema))


def _range(start: str, stop: str) -> Range:
    try:
        return parse_range(start, stop)
    except UsageError as error:
        error.hint = error.hint or USAGE
        raise


def _table(text: str, schema: str) -> TableName:
    """The table. Raises UsageError that also says where a command belongs, as this may be one."""
    try:
        return table_name(text, schema)
    except UsageError as error:
        error.hint = f"{USAGE}: the table is the last word" + (f"; {error.hint}" if error.hint else "")
        raise
