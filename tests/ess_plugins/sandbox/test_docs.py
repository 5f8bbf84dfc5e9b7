"""What docs/sandbox.md says of faults is so."""

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from ess_plugins.sandbox.api.plan import ApiFault, Plan

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def test_the_example_runs_as_it_stands_there_and_leaves_nothing(tmp_path):
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    command = [sys.executable, "-c", example]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Counter()\n", "")
    assert not any(tmp_path.iterdir())


def test_every_fault_that_can_be_planned_is_on_the_page():
    rows = "\n".join(line for line in PAGE.splitlines() if line.startswith("| `"))
    known = {field.name for kind in (Plan, ApiFault) for field in fields(kind)}
    assert {name for name in known if f"`{name}`" not in rows} == set()
