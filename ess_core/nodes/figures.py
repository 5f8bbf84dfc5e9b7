"""How a Linux machine is: load, memory, disk and uptime, read by one shell command here or on a node."""

import re
from dataclasses import dataclass

PROBE = (
    "echo load $(cat /proc/loadavg); echo uptime $(cat /proc/uptime); echo disk $(df -Pk / | tail -n 1); "
    "grep -E '^Mem(Total|Available):' /proc/meminfo"
)


@dataclass(frozen=True)
class Usage:
    """How much of something is used."""

    used_bytes: int
    total_bytes: int

    @property
    def share(self) -> float:
        """The used part, 0 to 1."""
        return self.used_bytes / self.total_bytes if self.total_bytes else 0.0


@dataclass(frozen=True)
class Figures:
    """One machine's figures; ``load`` is the average number of running processes of the last minute."""

    load: float
    memory: Usage
    disk: Usage
    uptime_s: int


def parse(output: str) -> Figures:
    """Read what PROBE wrote behind any login script's own; raises ValueError where a figure is missing."""
    found = dict(re.findall(r"^(load|uptime|disk|MemTotal|MemAvailable):? +(.*)$", output, re.MULTILINE))
    try:
        total, available = (_kilobytes(found[key].split()[0]) for key in ("MemTotal", "MemAvailable"))
        size, used = (_kilobytes(word) for word in found["disk"].split()[1:3])
        return Figures(
            load=float(found["load"].split()[0]),
            memory=Usage(total - available, total),
            disk=Usage(used, size),
            uptime_s=int(float(found["uptime"].split()[0])),
        )
    except (KeyError, IndexError) as error:
        raise ValueError(f"no such figure: {error}") from error


def _kilobytes(word: str) -> int:
    return int(word) * 1024
