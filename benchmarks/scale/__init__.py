"""Many workers and many files: what the master takes, what a task takes, and what more workers bring."""

import importlib

_CASES = ("simulation", "overhead", "speedup")


def main(*cases: str) -> None:
    """Print what was measured, and whether it is as promised; all of it, or only these cases."""
    for name in cases or _CASES:
        importlib.import_module(f"benchmarks.scale.{name}").main()
        print()
