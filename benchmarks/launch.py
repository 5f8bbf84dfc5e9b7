"""From the order to workers that can be logged in to: ess beside a plain boto3 script, aws-cli and flintrock.

All run against one sandbox that boots a worker in a known time, the floor: what is above it is the client's.
"""

from dataclasses import dataclass

from benchmarks import table
from benchmarks.ground import Ground, opened
from benchmarks.peers import Peer, all_on

LIMIT_S = 120.0
FLOOR = (5.0, 3.0)  # seconds pending, seconds until SSH answers
CASES = ((2, FLOOR), (20, FLOOR), (100, FLOOR), (20, (0.0, 0.0)))


@dataclass(frozen=True)
class Launch:
    """Wall seconds of one launch, how much of that the sandbox needs, and the API calls it made."""

    seconds: float
    succeeded: bool
    floor_s: float
    calls: int

    def beside(self, ess: "Launch") -> str:
        """A cell of the table; the last figure is how long ess took for each second of this one."""
        if not self.succeeded:
            return f"failed after {self.seconds:.0f} s"
        over = f"+{self.seconds - self.floor_s:.1f} s, {self.calls} calls"
        return over if ess is self or not ess.succeeded else f"{over}, {ess.seconds / self.seconds:.2f}"


def main() -> None:
    """Print a row for each number of workers."""
    print("launch: seconds over the boot floor, API calls, wall seconds of ess / wall seconds of this one")
    with opened() as ground:
        peers = all_on(ground)
        table.head(peers)
        for number, floor in CASES:
            here = {peer: _measure(ground, peer, number, floor) for peer in peers if not peer.missing()}
            cells = (here[peer].beside(here[peers[0]]) if peer in here else "-" for peer in peers)
            table.row(f"{number} workers, boot floor {sum(floor):.0f} s", cells)
        table.notes(peers)


def _measure(ground: Ground, peer: Peer, number: int, floor: tuple[float, float]) -> Launch:
    ground.fresh(pending_s=floor[0], boot_s=floor[1])
    with ground.desk() as desk:
        run = peer.launch(desk, number)
        seconds = run.seconds(LIMIT_S)
    return Launch(seconds, run.succeeded, sum(floor), ground.door.counts().total())


if __name__ == "__main__":
    main()
