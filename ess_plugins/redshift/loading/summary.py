"""What a load did, in sentences."""

from collections.abc import Iterator

from ess_core.files.sizes import size_text
from ess_core.phrases import count
from ess_plugins.redshift.loading.job import Done
from ess_plugins.redshift.loading.model import Loaded

_NAMES = {"parquet": "Parquet", "csv": "CSV"}


def summary(done: Done, seconds: float) -> Iterator[str]:
    """The lines; the last one has the rows that were read, loaded and rejected."""
    if done.known:
        yield f"{count(done.known, 'file')} of {done.job.category.name} {_were(done.known)} loaded before"
    for option, changed in sorted(done.shaped.items()):
        yield f"{option} changed {count(changed, 'value')}"
    if done.loaded:
        yield from _of_load(done, done.loaded)
    if done.staged or done.ready:
        yield f"{_what(done)}: {_rows(done)} ({seconds:.1f} s)"


def _of_load(done: Done, loaded: Loaded) -> Iterator[str]:
    yield from loaded.notes
    if loaded.files_skipped:
        were = _were(loaded.files_skipped)
        yield f"{count(loaded.files_skipped, 'file')} {were} loaded by another load meanwhile"
    if loaded.rows_replaced:
        yield f"{count(loaded.rows_replaced, 'row')} of the table {_were(loaded.rows_replaced)} replaced"
    objects = [one for staged in done.staged for one in staged.objects]
    size = size_text(sum(one.size_bytes for one in objects))
    yield f"staged {count(len(objects), 'object')} of {_NAMES[done.form]}, {size}"


def _what(done: Done) -> str:
    table = done.job.table.title
    if done.loaded:
        return f"loaded {count(done.loaded.files_loaded, 'file')} into {table}"
    if done.ready and not done.ready.is_whole:
        return f"cleaned {count(len(done.ready.files), 'file')} for {table}, loaded none"
    checked = f"checked {count(len(done.staged), 'file')} for {table}"
    return f"{checked}, loaded none"


def _rows(done: Done) -> str:
    """Where each row is."""
    read = f"{count(done.rows_read, 'row')} {'written by the command' if done.job.command else 'read'}"
    loaded = done.loaded.rows_loaded if done.loaded else done.rows_good
    parts = [f"{loaded:,} {'loaded' if done.loaded else 'good'}", f"{done.rows_rejected:,} rejected"]
    if left := done.rows_good - loaded:
        parts.append(f"{left:,} in files that were not loaded")
    return f"{read} = {' + '.join(parts)}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
