"""A user's folder with nothing around it: no other configuration, no AWS variables, only the ec2 schema."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ess_core.conf import Conf, load
from ess_core.errors import ConfigError
from ess_core.registry import REGISTRY, Entry, Kind
from ess_plugins.ec2.schema import SECTION

DOCUMENTED = """\
[EC2]
aws_credential: credential_file      # console CSV, path relative to this file, '.csv' optional
use_private_ip: False                # True: reach workers by private address (VPN, same VPC)
instance_tag: Essentia Worker Node   # Name tag
instance_type:  m3.medium            # --type overrides; a comma list = alternates on no capacity
instance_count: 2                    # --number overrides
key_name: pem_file                   # key pair name and pem file, '.pem' optional; looked for beside {this}
security_groups: essentia-access     # names or sg-ids, comma separated
username: ec2-user
""".replace("{this}", "this file, then in ~/.ssh")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, empty."""
    for name in ("ESS_CONF", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "ess-home"))
    monkeypatch.chdir(work)
    return work


@pytest.fixture(autouse=True)
def register() -> Iterator[Callable[[str, str, Any], None]]:
    """The registry with ``[EC2]`` in it; calling the fixture adds a plugin's section."""
    before = REGISTRY.entries
    REGISTRY.entries = [Entry(Kind.CONFIG, "EC2", "ec2", SECTION)]
    yield lambda section, plugin, schema: REGISTRY.add(Entry(Kind.CONFIG, section, plugin, schema))
    REGISTRY.entries = before


@pytest.fixture
def documented() -> str:
    """The file as users have it, with its two blanks before m3.medium and its comments."""
    return DOCUMENTED


@pytest.fixture
def write(folder: Path) -> Callable[[str | bytes], Path]:
    """Write instance.conf."""

    def write(text: str | bytes) -> Path:
        path = folder / "instance.conf"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def loaded(write: Callable[[str | bytes], Path]) -> Callable[[str | bytes], Conf]:
    """Write instance.conf and load it."""

    def loaded(text: str | bytes) -> Conf:
        write(text)
        return load()

    return loaded


@pytest.fixture
def refused(loaded: Callable[[str | bytes], Conf]) -> Callable[[str | bytes], str]:
    """Write instance.conf, which must be refused, and return the message."""

    def refused(text: str | bytes) -> str:
        with pytest.raises(ConfigError) as caught:
            loaded(text)
        assert "\n" not in caught.value.message
        return caught.value.message

    return refused
