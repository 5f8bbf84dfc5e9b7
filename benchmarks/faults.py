"""What ess, a plain boto3 script, aws-cli and flintrock leave behind after the same five faults.

Instances that would cost money and security groups are asked for at the sandbox, not at the tool.
"""

import signal
import time
from collections.abc import Callable

from benchmarks import table
from benchmarks.ground import TYPE, Ground, opened
from benchmarks.peers import Peer, all_on
from benchmarks.run import Run

PATIENCE_S = 30.0
_SETTLED_S = 1.0
"""Longer than an instance takes to end here."""
_QUICK = {"pending_s": 0.5, "boot_s": 0.5}
_SLOW_START = {"pending_s": 10.0, "boot_s": 0.5}
_SLOW_BOOT = {"pending_s": 0.5, "boot_s": 120.0}


def no_capacity(ground: Ground, peer: Peer) -> str:
    """Room for two of five."""
    ground.fresh(**_QUICK, capacity={TYPE: 2})
    with ground.desk() as desk:
        return _left_by(ground, peer.launch(desk, 5))


def wrong_key(ground: Ground, peer: Peer) -> str:
    """The pem file belongs to another key pair."""
    ground.fresh(**_QUICK)
    with ground.desk(wrong_key=True) as desk:
        return _left_by(ground, peer.launch(desk, 2))


def interrupted(ground: Ground, peer: Peer) -> str:
    """Ctrl-C while the instances are pending."""
    ground.fresh(**_SLOW_START)
    with ground.desk() as desk:
        run = peer.launch(desk, 2)
        _await(ground, {"pending"})
        run.send(signal.SIGINT)
        return _left_by(ground, run)


def terminated(ground: Ground, peer: Peer) -> str:
    """SIGTERM when the instances run and SSH does not answer yet."""
    ground.fresh(**_SLOW_BOOT)
    with ground.desk() as desk:
        run = peer.launch(desk, 2)
        _await(ground, {"running"})
        time.sleep(5)  # by then the slowest of them has seen it, and tries to log in
        run.send(signal.SIGTERM)
        return _left_by(ground, run)


def killed(ground: Ground, peer: Peer) -> str:
    """SIGKILL while pending; then the same launch again, and what the tool has for ending it."""
    ground.fresh(**_SLOW_START)
    with ground.desk() as desk:
        first = peer.launch(desk, 2)
        _await(ground, {"pending"})
        first.kill()
        ground.door.plan(**_QUICK)
        again = peer.launch(desk, 2)
        after = _left_by(ground, again)
        peer.end(desk, again.said)
        time.sleep(_SETTLED_S)
        return f"{after}; when ended: {ground.left()}"


FAULTS: dict[str, Callable[[Ground, Peer], str]] = {
    "no capacity: room for 2 of 5": no_capacity,
    "the wrong pem file, 2 workers": wrong_key,
    "SIGINT while 2 are pending": interrupted,
    "SIGTERM while waiting for SSH of 2": terminated,
    "SIGKILL while 2 are pending, then the same launch again": killed,
}


def main() -> None:
    """Print a row for each fault."""
    print("faults: instances and security groups left behind")
    with opened() as ground:
        peers = all_on(ground)
        table.head(peers)
        for name, fault in FAULTS.items():
            table.row(name, ("-" if peer.missing() else fault(ground, peer) for peer in peers))
        table.notes(peers)


def _await(ground: Ground, states: set[str]) -> None:
    """Return when both instances are there and in this state."""
    deadline = time.monotonic() + PATIENCE_S
    while len([one for one in ground.live() if one["state"] in states]) < 2:
        if time.monotonic() > deadline:
            raise TimeoutError("the tool launched no two instances")
        time.sleep(0.05)


def _left_by(ground: Ground, run: Run) -> str:
    """What is left when it has ended, or when it still tries after PATIENCE_S."""
    ended = run.ends_within(PATIENCE_S)
    time.sleep(_SETTLED_S)
    left = ground.left()
    run.kill()
    return left if ended else f"{left}, and still waiting after {PATIENCE_S:.0f} s"


if __name__ == "__main__":
    main()
