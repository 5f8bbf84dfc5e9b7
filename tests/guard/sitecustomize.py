"""Every Python that a test starts has this folder first on its path, and so cannot leave this machine."""

import importlib.util
from pathlib import Path

_guard = Path(__file__).resolve().parents[2] / "ess_plugins" / "sandbox" / "guard.py"
_spec = importlib.util.spec_from_file_location("_ess_guard", _guard)
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
_module.install()
