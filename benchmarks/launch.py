"""From the order to workers that can be logged in to: ess beside a plain boto3 script, aws-cli and flintrock.

All run against one sandbox that boots a worker in a known time, the floor: what is above it is the client's.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import table
from benchmarks.ground import Ground, opened
from benchmarks.peers import Peer, all_on

LIMIT_S = 120.0
ROUNDS = 3  # in turn, so that a drift of the machine hits all alike
FLOOR = (5.0, 3.0)  # seconds pending, seconds until SSH answers
CASES = ((2, FLOOR), (20, FLOOR), (100, FLOOR), (20, (0.0, 0.0)))


@dataclass(frozen=True)
class Launch:
    """Wall seconds of one launch, how much of that the sandbox needs, and the API calls it made."""

    seconds: float
    succeeded: bool
    floor_s: float
    calls: int


@dataclass(frozen=True)
class Cell:
    """What one tool did in all rounds of one case."""

    rounds: Sequence[Launch]

    @property
    def middle(self) -> Launch | None:
        """The launch that took the middle time of those that succeeded."""
        good = sorted((one for one in self.rounds if one.succeeded), key=lambda one: one.seconds)
        return good[len(good) // 2] if good else None

    def beside(self, ess: "Cell") -> str:
        """Its text; the last figure is how long ess took for each second of this one."""
        failed = sum(not one.succeeded for one in self.rounds)
        note = f"{failed} of {len(self.rounds)} failed" if failed else ""
        return ", ".join(filter(None, [self._figures(ess), note]))

    def _figures(self, ess: "Cell") -> str:
        own, other = self.middle, ess.middle
        if own is None:
            return ""
        over = f"+{own.seconds - own.floor_s:.1f} s, {own.calls} calls"
        return f"{over}, {other.seconds / own.seconds:.2f}" if other and other is not own else over


def main() -> None:
    """Print a row for each number of workers."""
    print("launch: seconds over the boot floor, API calls, wall seconds of ess / wall seconds of this one")
    print(f"(the middle of {ROUNDS} runs)")
    with opened() as ground:
        peers = all_on(ground)
        table.head(peers)
        for number, floor in CASES:
            here = _all_rounds(ground, [peer for peer in peers if not peer.missing()], number, floor)
            cells = (here[peer].beside(here[peers[0]]) if peer in here else "-" for peer in peers)
            table.row(f"{number} workers, boot floor {sum(floor):.0f} s", cells)
        table.notes(peers)


def _all_rounds(
    ground: Ground, peers: Sequence[Peer], number: int, floor: tuple[float, float]
) -> dict[Peer, Cell]:
    rounds = [[_measure(ground, peer, number, floor) for peer in peers] for _ in range(ROUNDS)]
    return {peer: Cell(some) for peer, *some in zip(peers, *rounds, strict=True)}


def _measure(ground: Ground, peer: Peer, number: int, floor: tuple[float, float]) -> Launch:
    ground.fresh(pending_s=floor[0], boot_s=floor[1])
    with ground.desk() as desk:
        run = peer.launch(desk, number)
        seconds = run.seconds(LIMIT_S)
        if not run.succeeded:
            print(f"{peer.name} failed with {number} workers: {run.said[-500:]}", file=sys.stderr)
    return Launch(seconds, run.succeeded, sum(floor), ground.door.counts().total())


if __name__ == "__main__":
    main()
