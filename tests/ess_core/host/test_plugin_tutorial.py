"""The plugin that docs/plugins.md shows is built, installed and run as it stands there."""

import json
import re
from pathlib import Path

import pytest

from tests.ess_core.host.conftest import Env, install
from tests.fixtures.sandbox import Ess

PAGE = Path(__file__).parents[3] / "docs" / "plugins.md"
FILE = re.compile(r"^`([\w./]+)`[^\n]*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Env:
    """The environment in which the tutorial's plugin is installed."""
    source = tmp_path_factory.mktemp("tutorial")
    for name, text in FILE.findall(PAGE.read_text(encoding="utf-8")):
        path = source / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return install(source, tmp_path_factory.mktemp("installed"))


def test_its_command_shows_the_price_of_each_node(ess: Ess, installed: Env) -> None:
    ess("instance", "local", "ada@192.0.2.1", "ada@192.0.2.2", env=installed)
    (ess.cwd / "instance.conf").write_text("[Cost]\nprice: 0.5\n")
    done = ess("instance", "cost", "-f", "json", env=installed)
    assert [row["dollars_an_hour"] for row in json.loads(done.stdout)] == [0.5, 0.5], done.stderr


def test_a_wrong_price_is_named_with_its_line(ess: Ess, installed: Env) -> None:
    (ess.cwd / "instance.conf").write_text("[Cost]\nprice: cheap\n")
    done = ess("instance", "cost", env=installed)
    assert done.returncode == 2
    assert "instance.conf:2: [Cost] price: 'cheap'" in done.stderr


def test_plugin_check_finds_nothing_wrong_with_it(ess: Ess, installed: Env) -> None:
    done = ess("plugin", "check", "cost", env=installed)
    assert done.returncode == 0, done.stdout
