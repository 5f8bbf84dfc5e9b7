"""An ESS_HOME for the cache."""

import pytest


@pytest.fixture(autouse=True)
def ess_home(tmp_path, monkeypatch):
    """ESS_HOME, not made yet."""
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
