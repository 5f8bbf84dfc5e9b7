"""AWS: one session, one client factory, one translation of its failures."""

from ess_core.cloud.failures import THROTTLED, code, explain, passing
from ess_core.cloud.parallel import in_parallel, in_thread
from ess_core.cloud.session import Cloud, Identity

__all__ = ["THROTTLED", "Cloud", "Identity", "code", "explain", "in_parallel", "in_thread", "passing"]
