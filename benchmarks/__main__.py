"""``python -m benchmarks [NAME [CASE…]…]``: run all benchmarks, or those named, or some cases of one."""

import importlib
import sys

ALL = (
    "startup",
    "launch",
    "faults",
    "listing",
    "categories",
    "summary",
    "stream",
    "query",
    "exec",
    "redshift",
    "scale",
)
WITH_CASES = {"listing", "scale"}


def _chosen(words: list[str]) -> list[tuple[str, list[str]]]:
    """The benchmarks that are named, each with the words behind its name, which are its cases."""
    chosen: list[tuple[str, list[str]]] = []
    for word in words:
        if word in ALL:
            chosen.append((word, []))
        elif chosen and chosen[-1][0] in WITH_CASES:
            chosen[-1][1].append(word)
        else:
            sys.exit(f"there is no benchmark {word}; there are {', '.join(ALL)}")
    return chosen or [(name, []) for name in ALL]


for name, cases in _chosen(sys.argv[1:]):
    importlib.import_module(f"benchmarks.{name}").main(*cases)
    print()
