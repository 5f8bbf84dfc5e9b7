"""The `ess` command line. A plugin author needs two names from here: ``Command`` and ``hookimpl``."""

TYPE_CHECKING = False  # typing's own costs 4 ms, which `ess --version` would pay
if TYPE_CHECKING:
    from ess_core.host.hookspecs import Command, hookimpl

__all__ = ["Command", "hookimpl"]


def __getattr__(name: str) -> object:
    """Import pluggy only when a plugin asks for it."""
    if name in __all__:
        from ess_core.host import hookspecs

        return getattr(hookspecs, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
