"""Every test has an ESS_HOME of its own."""

from pathlib import Path

import pytest

from tests.fixtures.ssh import fleet, pem

__all__ = ["ess_home", "fleet", "pem"]


@pytest.fixture(autouse=True)
def ess_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ESS_HOME, not made yet."""
    home = tmp_path / "ess home"
    monkeypatch.setenv("ESS_HOME", str(home))
    return home
