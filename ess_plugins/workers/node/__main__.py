"""``python -m ess_plugins.workers.node DO``, with what it needs to know as JSON on stdin.

``up`` starts what is to run here and does not, ``leave`` lets the worker hand over and ends what runs,
``down`` only ends it. Each writes its answer as JSON behind ``ess:answer``. ``scheduler`` and ``worker`` are
the processes that ``up`` starts.
"""

import importlib
import json
import os
import sys

from ess_core.errors import EssError

_MODULES = {
    "up": "ess_plugins.workers.node.control",
    "down": "ess_plugins.workers.node.control",
    "leave": "ess_plugins.workers.node.leaving",
    "scheduler": "ess_plugins.workers.node.serving",
    "worker": "ess_plugins.workers.node.serving",
}


def main(do: str) -> None:
    """Do it, and say what came of it."""
    os.umask(0o077)
    try:
        answer = getattr(importlib.import_module(_MODULES[do]), do)(json.load(sys.stdin))
    except EssError as error:
        sys.stderr.write(f"{error.message}\n")
        answer = {"error": error.message, "hint": error.hint}
    except OSError as error:
        answer = {"error": f"{error.filename}: {error.strerror}"}
    print("ess:answer " + json.dumps(answer or {}), flush=True)  # noqa: T201 - the master reads it


if __name__ == "__main__":
    main(sys.argv[1])
