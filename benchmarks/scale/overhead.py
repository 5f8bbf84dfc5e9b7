"""What a task takes that does nothing: the executor over an engine of two nodes, all on this machine."""

import os
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.goals import Goal
from benchmarks.scale import asking, figures, place
from tests.fixtures.nodes import Nodes

TASKS = 1000
ROUNDS = 5
_WARM = 50
_MOST_MS = 5.0


def main() -> None:
    """Print the time of a task, and whether it is as promised."""
    with tempfile.TemporaryDirectory() as place_of_all:
        folder = Path(place_of_all)
        place.make(folder)
        env = os.environ | {"AWS_DEFAULT_REGION": "us-east-1", "ESS_HOME": str(folder / "ess")}
        with _nodes(folder) as nodes:
            asking.took("nothing", 0, _WARM, env, folder)
            before = _cpu_s(nodes)
            rounds = [asking.took("nothing", _WARM, TASKS, env, folder) for _ in range(ROUNDS)]
            after = _cpu_s(nodes)
    times = sorted(1000 * took.seconds / TASKS for took in rounds)
    middle = statistics.median(times)
    print(
        f"overhead: {ROUNDS} runs of {TASKS} tasks that do nothing, on {len(before) - 1} nodes of a core each"
    )
    print(f"a task: {middle:.2f} ms, the middle of {times[0]:.2f} to {times[-1]:.2f} ms")
    spent = {"master": sum(took.cpu_s for took in rounds)}
    spent |= {name: after[name] - before[name] for name in before}
    each = (f"{name} {1000 * cpu_s / TASKS / ROUNDS:.2f} ms" for name, cpu_s in spent.items())
    print(f"CPU a task, all on this machine: {', '.join(each)}")
    print(Goal("ms a task, all of them on this machine", middle, _MOST_MS, at_most=True))


@contextmanager
def _nodes(folder: Path) -> Iterator[Nodes]:
    nodes = Nodes(folder)
    try:
        nodes.start()
        yield nodes
    finally:
        for process in nodes.processes.values():
            process.kill()
            process.wait()


def _cpu_s(nodes: Nodes) -> Mapping[str, float]:
    """CPU seconds of each; what works for a run is counted once it has ended."""
    return {name: figures.cpu_s(process.pid) for name, process in nodes.processes.items()}


if __name__ == "__main__":
    main()
