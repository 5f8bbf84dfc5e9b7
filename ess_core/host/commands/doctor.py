"""Is everything in order?"""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator

from ess_core.cloud.checkup import Case, Finding, Status, needed
from ess_core.errors import EssError
from ess_core.host.command import Lister
from ess_core.host.commands.cells import Padded
from ess_core.host.failures import understood
from ess_core.host.isolation import BrokenError, attempt
from ess_core.registry import REGISTRY, Entry, Kind, resolve

Row = tuple[Padded, Padded, str]
CONF = "conf"
_LEFT_OUT = (Status.FAILED, Status.SKIPPED)
_WIDTH = max(len(status.value) for status in Status)


class Doctor(Lister):
    """Run every plugin's checks and say what is wrong."""

    default_format = "text"
    columns = ("status", "check", "detail")

    def take_action(self, _args: Namespace) -> tuple[tuple[str, ...], Iterable[Row]]:
        """One row a check."""
        return self.columns, self._rows()

    def _rows(self) -> Iterator[Row]:
        counts: Counter[Status] = Counter()
        entries, findings = self._examine()
        width = max(len(entry.name) for entry in entries)
        for name, finding in findings:
            counts[finding.status] += 1
            detail = "; ".join(filter(None, (finding.text, finding.hint)))
            yield Padded(finding.status.value, _WIDTH), Padded(name, width), " ".join(detail.splitlines())
        if counts[Status.FAILED]:
            raise EssError(_sum(counts))
        self.say("nothing is wrong")

    def _examine(self) -> tuple[list[Entry], Iterator[tuple[str, Finding]]]:
        """All checks, and what each finds when it is its turn; nothing can be examined without its conf."""
        try:
            case = Case(self.conf, self.cloud)
        except EssError as error:
            entries = list(REGISTRY.of(Kind.CHECK))
            return entries, _without_conf(entries, error)
        entries = list(REGISTRY.of(Kind.CHECK))  # loading the conf may have turned plugins off
        return entries, _with_conf(entries, case)


def _sum(counts: Counter[Status]) -> str:
    skipped = f", {counts[Status.SKIPPED]} could not be made" if counts[Status.SKIPPED] else ""
    return f"{counts[Status.FAILED]} of {counts.total()} checks failed{skipped}"


def _without_conf(entries: Iterable[Entry], error: EssError) -> Iterator[tuple[str, Finding]]:
    for entry in entries:
        yield entry.name, _failed(error) if entry.name == CONF else _skipped(CONF)


def _with_conf(entries: Iterable[Entry], case: Case) -> Iterator[tuple[str, Finding]]:
    done: dict[str, Status] = {}
    for entry in entries:
        finding = _finding(entry, case, done)
        done[entry.name] = finding.status
        yield entry.name, finding


def _finding(entry: Entry, case: Case, done: dict[str, Status]) -> Finding:
    """What one check finds, whatever it raises."""
    try:
        check = attempt(lambda: resolve(entry))
        missing = [name for name in needed(check) if done.get(name) in _LEFT_OUT]
        answer = _skipped(missing[0]) if missing else attempt(lambda: check(case))
    except BrokenError as error:
        return _failed((understood(error.__cause__) if error.__cause__ else None) or error)
    return answer if isinstance(answer, Finding) else Finding(Status.OK, str(answer or ""))


def _failed(error: EssError) -> Finding:
    return Finding(Status.FAILED, error.message, error.hint)


def _skipped(name: str) -> Finding:
    return Finding(Status.SKIPPED, f"needs {name}")
