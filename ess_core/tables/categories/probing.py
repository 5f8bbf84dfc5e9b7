"""A category's dialect and columns by one of its files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ess_core.errors import EssError, UsageError
from ess_core.files import Datastore, File
from ess_core.tables import columnspec
from ess_core.tables.categories import settings
from ess_core.tables.categories.model import Category
from ess_core.tables.dialect import Shape
from ess_core.tables.reading.sources import beginning
from ess_core.tables.sniffing.doubts import doubt
from ess_core.tables.sniffing.given import NOTHING, Given
from ess_core.tables.sniffing.given import delimiter as typed_delimiter
from ess_core.tables.sniffing.sniffing import SAMPLE_BYTES, Sniffed, sniff


@dataclass(frozen=True, slots=True)
class Probed:
    """The category with what was found, and the file that was looked into, or None and why there is none.

    ``doubt`` is why what was found may be wrong, or empty.
    """

    category: Category
    file: File | None
    why: str = ""
    doubt: str = ""


def probe(category: Category, store: Datastore, samples: Iterable[File], given: Given = NOTHING) -> Probed:
    """Look into the first of some files that has text and can be read.

    What is ``given`` is not looked for. Raises UsageError where the text clearly has other columns.
    """
    why = "it has no file with bytes that can be read now"
    for file in samples:
        try:
            found = _sniffed(category, store, file, given)
        except UsageError:
            raise
        except EssError as error:
            why = error.message
            continue
        if found:
            known = replace(category, dialect=found.dialect, columns=found.columns)
            return Probed(known, file, doubt=doubt(found, given))
        why = f"{file.key!r} has no lines"
    return Probed(as_given(category, given), None, why)


def reprobe(category: Category, store: Datastore, samples: Sequence[File], name: str, value: str) -> Probed:
    """Look into a file again after a change of one of the properties that say what its text is.

    The columns stay where they fit what is there now. Raises UsageError where what is changed cannot be.
    """
    changed, given, other = _given(category, name, value)
    try:
        return probe(changed, store, samples, given)
    except UsageError:
        if other is None:
            raise
        return probe(changed, store, samples, other)


def unprobed(category: Category, name: str, value: str) -> Category:
    """The category after such a change, without a look into a file."""
    changed, given, _ = _given(category, name, value)
    return as_given(changed, given)


def as_given(category: Category, given: Given) -> Category:
    """The category with what is given, and nothing new known of its text."""
    known = sniff(b"", given=given).dialect if given.delimiter or given.starts else category.dialect
    return replace(category, dialect=known, columns=given.columns or category.columns)


def _given(category: Category, name: str, value: str) -> tuple[Category, Given, Given | None]:
    """The changed category, what is given of its text, and what is where the columns do not fit any more."""
    dialect, columns = category.dialect, category.columns
    cut = dialect.delimiter if dialect and dialect.shape is Shape.DELIMITED else ""
    if name == "columnspec":
        spec = columnspec.parse(value) if value else None
        changed = replace(category, columns=spec)
        return changed, Given("" if spec and spec.starts else cut, spec), None
    if name == "delimiter":
        delimiter = typed_delimiter(value) if value else ""
        unsized = columns and columns.starts == () and columns
        return category, Given(delimiter, unsized or None), Given(delimiter)
    changed = settings.applied(category, {name: value})
    return changed, Given(cut if columns and not columns.starts else "", columns), Given()


def _sniffed(category: Category, store: Datastore, file: File, given: Given) -> Sniffed | None:
    head = beginning(store, file, SAMPLE_BYTES, category.extraction)
    if not head or not head.text.strip():
        return None
    found = sniff(head.text, whole=head.whole, given=given)
    return found if found.columns.columns else None
