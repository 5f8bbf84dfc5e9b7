"""What the kernel says of a process that runs."""

import os
from pathlib import Path


def cpu_s(pid: int) -> float:
    """CPU seconds it has taken, and those of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int | str = "self", name: str = "VmHWM") -> int:
    """Bytes of memory: by default the most it has had, else what ``name`` says."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{name}:"))
