"""A folder with files, and an ESS_HOME of its own."""

import os

import pytest

from ess_core.files.local import Local
from ess_core.tables.categories import Category


@pytest.fixture(autouse=True)
def ess_home(tmp_path, monkeypatch):
    """ESS_HOME, not made yet."""
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path):
    """Makes files below a folder, by key; the datastore of it."""

    def made(*keys, body=b"a,b\n1,2\n"):
        for key in keys:
            path = os.path.join(os.fsencode(tmp_path / "data"), os.fsencode(key))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(body)
        return Local(f"file://{tmp_path}/data")

    return made


@pytest.fixture
def category(tmp_path):
    """A category of that folder."""

    def made(name="logs", *patterns, **settings):
        said = {"url": f"file://{tmp_path}/data", "label": "local", "patterns": patterns or ("**",)}
        return Category(name, **said | settings)

    return made
