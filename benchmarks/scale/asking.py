"""Starting the master as a process of its own, and reading what it took."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.scale import master
from benchmarks.scale.master import Took

ROOT = Path(__file__).parents[2]


def took(work: str, warm: int, files: int, env: Mapping[str, str], folder: Path | None = None) -> Took:
    """What the work took, by the engine of the folder or of the active cluster. Ends this where it fails."""
    words = [work, str(warm), str(files), *([str(folder)] if folder else [])]
    done = subprocess.run(
        [sys.executable, "-m", master.__name__, *words],
        env={**env, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{work} ended with {done.returncode}: {done.stderr[-500:]}")
    return Took(**json.loads(done.stdout))
