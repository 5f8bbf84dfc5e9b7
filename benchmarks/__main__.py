"""``python -m benchmarks [NAME…]``: run all benchmarks, or those named."""

import importlib
import sys

ALL = ("startup", "launch", "faults")

for name in sys.argv[1:] or ALL:
    importlib.import_module(f"benchmarks.{name}").main()
    print()
