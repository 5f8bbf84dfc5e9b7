"""Which plugins the user has turned off; decided before any is loaded."""

import os
from pathlib import Path


def blocked(conf: Path | None) -> dict[str, str]:
    """Plugin names that are turned off, and by what: ``ESS_BLOCK_PLUGINS`` and ``[plugins] block``."""
    from ess_core.conf import Overrides, blocked_plugins

    by_environment = os.environ.get("ESS_BLOCK_PLUGINS", "").replace(",", " ").split()
    by_conf = blocked_plugins(Overrides(conf=conf))
    return dict.fromkeys(by_conf, "[plugins] block") | dict.fromkeys(by_environment, "ESS_BLOCK_PLUGINS")


def no_third_parties() -> str:
    """``ESS_NO_PLUGINS`` where it is set to anything but 0, no or false; else nothing."""
    value = os.environ.get("ESS_NO_PLUGINS", "").strip().lower()
    return "" if value in ("", "0", "no", "false") else "ESS_NO_PLUGINS"
