"""Where instance.conf is looked for."""

import os
from pathlib import Path

import pytest

from ess_core.conf import Overrides, load
from ess_core.conf.find import find
from ess_core.errors import ConfigError


def _put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[EC2]\n")
    return path


def test_the_command_line_wins_over_the_environment_over_this_folder_over_home(tmp_path, folder, monkeypatch):
    at_home = _put(tmp_path / "ess-home" / "instance.conf")
    assert find() == at_home
    here = _put(folder / "instance.conf")
    assert find() == here
    monkeypatch.setenv("ESS_CONF", str(_put(tmp_path / "by-variable.conf")))
    assert find() == tmp_path / "by-variable.conf"
    assert find(Overrides(conf=_put(tmp_path / "by-option.conf"))) == tmp_path / "by-option.conf"


def test_no_file_anywhere_is_not_an_error_until_one_is_needed():
    conf = load()
    assert conf.path is None
    assert conf.section("EC2")["instance_count"] == 2
    with pytest.raises(ConfigError) as caught:
        conf.require()
    assert "ess config init" in caught.value.hint


def test_an_empty_variable_names_no_file(monkeypatch):
    monkeypatch.setenv("ESS_CONF", "")
    assert find() is None


@pytest.mark.parametrize("name", ["absent.conf", "x" * 5000, "~nobody-of-this-name/a.conf", "\udcff.conf"])
def test_a_file_that_was_asked_for_must_exist(name, monkeypatch):
    monkeypatch.setenv("ESS_CONF", name)
    with pytest.raises(ConfigError, match="ESS_CONF: there is no file"):
        find()
    with pytest.raises(ConfigError, match="--conf: there is no file"):
        find(Overrides(conf=Path(name)))


def test_tilde_is_the_home_folder(tmp_path):
    _put(tmp_path / "mine.conf")
    assert find(Overrides(conf=Path("~/mine.conf"))) == tmp_path / "mine.conf"


def test_relative_paths_in_a_file_start_at_its_own_folder(tmp_path):
    conf = load(Overrides(conf=_put(tmp_path / "elsewhere" / "a.conf")))
    assert conf.beside("keys/k.pem") == tmp_path / "elsewhere" / "keys" / "k.pem"
    assert conf.beside("/keys/k.pem") == Path("/keys/k.pem")
    assert conf.beside("~/k.pem") == tmp_path / "k.pem"


def test_a_folder_a_pipe_and_a_device_are_refused_without_reading_them(folder):
    os.mkfifo(folder / "pipe")
    for path in (folder, folder / "pipe", Path("/dev/zero")):
        with pytest.raises(ConfigError, match="is not a regular file"):
            load(Overrides(conf=path))
