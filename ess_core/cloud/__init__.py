"""AWS: one session, one client factory, one translation of its failures."""

from ess_core.cloud.failures import THROTTLED, code, denied, explain, passing
from ess_core.cloud.parallel import in_parallel, in_thread, within
from ess_core.cloud.session import PATIENT, Cloud, Identity
from ess_core.cloud.static import AccessKey, Static

__all__ = [
    "PATIENT",
    "THROTTLED",
    "AccessKey",
    "Cloud",
    "Identity",
    "Static",
    "code",
    "denied",
    "explain",
    "in_parallel",
    "in_thread",
    "passing",
    "within",
]
