"""S3 listed and read: ess beside s5cmd, rclone, aws-cli and boto3, in one run, with all output in a file.

``python -m benchmarks listing [CASE…]``: all cases, or those named.
"""

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks import listers, load, seaweed, table
from benchmarks.contest import Contest, Result
from benchmarks.goals import Goal
from benchmarks.keys import Keys

SEAWEED = "seaweed"
_MEMORY_MB = 150
_MILLION = 1_000_000
_BIG_BYTES = 1 << 30
Case = Callable[[Contest], Iterator[Goal]]


def hundred_thousand(contest: Contest) -> Iterator[Goal]:
    """100,000 keys at 50 ms a page."""
    yield from _listed(contest, "logs-100000-l50", s5cmd_ratio=8)


def million(contest: Contest) -> Iterator[Goal]:
    """A million at 50 ms a page, in every shape; the peers only in the first."""
    yield from _listed(contest, "logs-1000000-l50", s5cmd_ratio=15)
    for shape in ("uuid", "skew", "one"):
        yield from _listed(contest, f"{shape}-1000000-l50", only=("ess",))


def million_at_once(contest: Contest) -> Iterator[Goal]:
    """A million from a server that answers at once."""
    yield from _listed(contest, "logs-1000000", s5cmd_ratio=5)


def faulty(contest: Contest) -> Iterator[Goal]:
    """100,000 keys at 50 ms a page; one request in twenty is refused, and others end in mid-page."""
    yield from _listed(contest, "logs-100000-l50-e50")
    yield from _listed(contest, "logs-100000-l50-x20-t20-b20")


def ten_million(contest: Contest) -> Iterator[Goal]:
    """Memory at ten million keys, in order."""
    results, _ = _row(contest, "logs-10000000-l20", only=("ess",))
    ess = results.get("ess")
    if ess and ess.well:
        yield Goal("MB at 10,000,000 keys", ess.run.peak_bytes / (1 << 20), _MEMORY_MB, at_most=True)


def page(contest: Contest) -> Iterator[Goal]:
    """One page, for which it is the start of a tool that counts."""
    results = contest.first_level("first level of 900 keys, uuid-900", "uuid-900")
    yield from _ratio("first level: ess / aws-cli", results, "ess", "aws-cli", 0.6, at_most=True)


def cat(contest: Contest) -> Iterator[Goal]:
    """An object of 1 GiB, to a place where nothing is written."""
    digest = load.digest_of_object(_BIG_BYTES)
    for bucket in ("one-1", "one-1-l50"):
        results = contest.read(f"cat of 1 GiB, {bucket}", bucket, f"big/{_BIG_BYTES}", digest)
        yield from _ratio(f"cat of 1 GiB, {bucket}: s5cmd / ess", results, "s5cmd", "ess", 0.9)


CASES: Mapping[str, Case] = {
    "page": page,
    "100k": hundred_thousand,
    "faulty": faulty,
    "1m": million,
    "1m-0ms": million_at_once,
    "cat": cat,
    "10m": ten_million,
}


def main(*names: str) -> None:
    """Print a row for each task, and then which of the goals are met."""
    if unknown := set(names) - {*CASES, SEAWEED}:
        known = ", ".join([*CASES, SEAWEED])
        sys.exit(f"listing has no case {', '.join(sorted(unknown))}; it has {known}")
    print("listing: wall seconds, CPU seconds, peak memory, LIST requests, wall seconds of this one / of ess")
    table.head(listers.ALL)
    goals = [*_on_load(names or tuple(CASES))]
    if not names or SEAWEED in names:
        goals += _on_seaweed()
    table.notes(listers.ALL)
    print(*goals, sep="\n")


def _on_load(names: Iterable[str]) -> Iterator[Goal]:
    chosen = [CASES[name] for name in names if name != SEAWEED]
    if chosen and (reason := load.missing()):
        print(f"the cases of s3list are left out: {reason}")
    elif chosen:
        with tempfile.TemporaryDirectory() as folder, load.running() as server:
            contest = Contest(server.endpoint, Path(folder), server)
            for case in chosen:
                yield from case(contest)


def _on_seaweed() -> Iterator[Goal]:
    if reason := seaweed.missing():
        print(f"SeaweedFS is left out: {reason}")
        return
    with tempfile.TemporaryDirectory() as folder, seaweed.filled(Path(folder)) as server:
        contest = Contest(server.endpoint, Path(folder))
        results = contest.list_all(f"{server.keys.count:,} keys on SeaweedFS", server.bucket, server.keys)
        yield from _ratio("SeaweedFS: s5cmd / ess", results, "s5cmd", "ess", 1)


def _listed(
    contest: Contest, bucket: str, s5cmd_ratio: float | None = None, only: Iterable[str] = ()
) -> Iterator[Goal]:
    """List the bucket; a million keys must not take many more requests than their pages."""
    results, keys = _row(contest, bucket, only)
    if s5cmd_ratio:
        yield from _ratio(f"{bucket}: s5cmd / ess", results, "s5cmd", "ess", s5cmd_ratio)
    ess = results.get("ess")
    if ess and ess.well and keys.count >= _MILLION:
        yield Goal(f"{bucket}: LISTs / fewest", ess.listings / keys.fewest_listings, 1.5, at_most=True)


def _row(contest: Contest, bucket: str, only: Iterable[str] = ()) -> tuple[dict[str, Result], Keys]:
    shape, count, *ways = bucket.split("-")
    keys = Keys(int(count), load.digest_of_keys(f"{shape}-{count}"))
    latency_s = next((int(way[1:]) / 1000 for way in ways if way[0] == "l"), 0.0)
    title = f"{keys.count:,} keys, {bucket}"
    return contest.list_all(title, bucket, keys, latency_s, only), keys


def _ratio(
    what: str, results: Mapping[str, Result], over: str, under: str, wanted: float, at_most: bool = False
) -> Iterator[Goal]:
    """The goal for two tools' seconds, if both did well."""
    above, below = results.get(over), results.get(under)
    if above and below and above.well and below.well:
        yield Goal(what, above.run.seconds / below.run.seconds, wanted, at_most)


if __name__ == "__main__":
    main(*sys.argv[1:])
