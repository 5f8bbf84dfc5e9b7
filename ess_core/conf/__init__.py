"""instance.conf and credentials: one loader for all plugins."""

from ess_core.conf.check import Report, check
from ess_core.conf.conf import Conf
from ess_core.conf.credentials import Credentials
from ess_core.conf.find import Overrides
from ess_core.conf.load import blocked_plugins, load
from ess_core.conf.resolve import Region

__all__ = ["Conf", "Credentials", "Overrides", "Region", "Report", "blocked_plugins", "check", "load"]
