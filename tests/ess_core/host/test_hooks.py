"""The manual of each hook is its docstring, and the example in it runs."""

import inspect
import textwrap
import types

import pytest

from ess_core.host.contributions import KINDS
from ess_core.host.hookspecs import Hooks
from ess_core.host.plugins import Host, Status
from ess_core.registry import Registry

HOOKS = [name for name in vars(Hooks) if name.startswith("ess_")]


@pytest.mark.parametrize("hook", HOOKS)
def test_the_example_of_a_hook_is_a_plugin_that_works(hook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    manual = inspect.getdoc(getattr(Hooks, hook)) or ""
    _, _, example = manual.partition("Example::\n")
    source = textwrap.dedent(example.partition("\n    # hello/")[0])
    module = types.ModuleType("hello")
    exec(compile(source, hook, "exec"), vars(module))  # our own docstring
    registry = Registry()
    host = Host(registry)
    monkeypatch.setattr("ess_core.host.discovery.find", lambda: [Planted(module)])
    host.load()
    plugin = host.find("hello")
    assert plugin is not None
    assert (plugin.status, plugin.reason, plugin.problems) == (Status.ON, "", [])
    given = plugin.contribution
    assert [entry.kind for entry in given.entries[:1]] == [KINDS[hook]] if hook in KINDS else given.commands


def test_every_hook_is_in_the_table_of_kinds() -> None:
    assert {"ess_commands", *KINDS} == set(HOOKS)


class Planted:
    """An entry point that leads to a module in memory."""

    name, distribution, version, is_ours = "hello", "hello", "1", False

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module

    def load(self) -> types.ModuleType:
        return self._module
