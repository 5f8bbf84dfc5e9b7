"""instance.conf and credentials: one loader for all plugins."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ess_core.conf.blocked import blocked_plugins
    from ess_core.conf.checking import Report, check
    from ess_core.conf.conf import Conf
    from ess_core.conf.credentials import Credentials
    from ess_core.conf.find import Overrides
    from ess_core.conf.loading import load
    from ess_core.conf.resolve import Region

_MODULES = {
    "Conf": "conf",
    "Credentials": "credentials",
    "Overrides": "find",
    "Region": "resolve",
    "Report": "checking",
    "blocked_plugins": "blocked",
    "check": "checking",
    "load": "loading",
}
__all__ = ["Conf", "Credentials", "Overrides", "Region", "Report", "blocked_plugins", "check", "load"]


def __getattr__(name: str) -> object:
    """Import on first use: `ess --help` asks which plugins are blocked and needs no more."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
