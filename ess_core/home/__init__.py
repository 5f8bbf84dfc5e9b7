"""ESS_HOME: where ess keeps its own files, private to the user; databases: ``home.database``."""

from ess_core.home.paths import home, locked, private_folder, write_private

__all__ = ["home", "locked", "private_folder", "write_private"]
