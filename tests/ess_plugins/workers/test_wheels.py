"""A wheel rebuilt from what is installed is one that pip installs, and that works where nothing else is."""

import base64
import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from hashlib import sha256
from importlib.metadata import PathDistribution, distribution
from pathlib import Path

import pytest

from ess_core.errors import EssError
from ess_plugins.workers import bundle, wheels


@pytest.fixture(scope="session")
def venv(tmp_path_factory):
    """A fresh environment without pip; the same for all, as no two wheels have a file in common."""
    place = tmp_path_factory.mktemp("venv") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    return place


@pytest.fixture
def installed(venv, tmp_path, monkeypatch):
    """Install wheels as a node does, and run Python there."""
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "ess-home"))
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def install(*paths):
        options = ("--no-index", "--no-deps", "--quiet", "--no-compile", "--disable-pip-version-check")
        pip = [venv / "bin" / "python", f"{bundle.pip_wheel()}/pip", "install", *options]
        subprocess.run([*pip, *paths], check=True, env=env)
        return lambda code: subprocess.run(
            [venv / "bin" / "python", "-I", "-c", code], check=True, env=env, capture_output=True, text=True
        ).stdout.strip()

    return install


def test_ess_itself_is_rebuilt_from_its_sources(installed, tmp_path):
    path = wheels.rebuilt(distribution("essentia-aws"), tmp_path)
    run = installed(path)
    shown = "import ess_core, importlib.metadata as m; print(ess_core.__version__, m.version('essentia-aws'))"
    assert run(shown).split() == [distribution("essentia-aws").version] * 2
    points = "import importlib.metadata as m; print(*m.distribution('essentia-aws').entry_points.names)"
    assert {"ess", "workers", "data"} <= set(run(points).split())
    script = "import importlib.resources as r; "
    script += "print((r.files('ess_plugins.workers.node') / 'find_python.sh').is_file())"
    assert run(script) == "True"
    origin = run("import ess_core; print(ess_core.__file__)")
    assert origin.startswith(str(Path(run("import sys; print(sys.prefix)"))))


def test_compiled_code_comes_along_under_its_platform(installed, tmp_path):
    path = wheels.rebuilt(distribution("MarkupSafe"), tmp_path)
    assert path.name.startswith("markupsafe-")
    assert not path.name.endswith("-any.whl")
    run = installed(path)
    assert run("import markupsafe._speedups as s; print(s.__file__.endswith('.so'))") == "True"


@pytest.mark.parametrize("name", ["MarkupSafe", "distributed", "backports.zstd", "PyYAML"])
def test_every_file_is_there_with_its_hash(name, tmp_path):
    one = distribution(name)
    with zipfile.ZipFile(wheels.rebuilt(one, tmp_path)) as wheel:
        (record,) = [member for member in wheel.namelist() if member.endswith(".dist-info/RECORD")]
        rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(wheel.read(record).decode()))}
        assert sorted(rows) == sorted(wheel.namelist())
        for member in set(rows) - {record}:
            digest = base64.urlsafe_b64encode(sha256(wheel.read(member)).digest()).rstrip(b"=").decode()
            assert rows[member] == [f"sha256={digest}", str(len(wheel.read(member)))]
    kept = {str(file) for file in one.files or () if "__pycache__" not in str(file) and ".." not in str(file)}
    files = {member for member in rows if ".dist-info/" not in member}
    assert files == {file for file in kept if ".dist-info/" not in file}


def test_the_same_files_give_the_same_wheel(tmp_path):
    one = distribution("toolz")
    first, second = (wheels.rebuilt(one, tmp_path / name) for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    assert wheels.rebuilt(one, tmp_path / "a") == first
    assert not list(tmp_path.rglob("*.part"))


@pytest.fixture
def linked(tmp_path, monkeypatch):
    """A third party's plugin of which only a link to its sources is installed."""
    sources, info = tmp_path / "sources", tmp_path / "site" / "hello_plugin-1.0.dist-info"
    info.mkdir(parents=True)
    (sources / "hello" / "__pycache__").mkdir(parents=True)
    (sources / "hello" / "__init__.py").write_text("WORD = 'grüß'\n", encoding="utf-8")
    (sources / "hello" / "data, with comma.txt").write_text("x")
    (sources / "hello" / "__pycache__" / "old.pyc").write_text("x")
    (sources / "hello_more.py").write_text("MORE = 1\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hello-plugin\nVersion: 1.0\n")
    (info / "RECORD").write_text("hello_plugin.pth,,\nhello_plugin-1.0.dist-info/METADATA,,\n")
    (info / "top_level.txt").write_text("hello_more\n")
    (info / "entry_points.txt").write_text("[ess.plugins]\nhello = hello\n")
    (info / "direct_url.json").write_text(json.dumps({"url": "file:///x", "dir_info": {"editable": True}}))
    monkeypatch.syspath_prepend(sources)
    return PathDistribution(info)


def test_of_an_editable_plugin_the_sources_are_taken(linked, installed, tmp_path):
    assert wheels.is_local(linked)
    path = wheels.rebuilt(linked, tmp_path / "cache")
    assert path.name == "hello_plugin-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path) as wheel:
        names = {name for name in wheel.namelist() if "dist-info" not in name}
    assert names == {"hello/__init__.py", "hello/data, with comma.txt", "hello_more.py"}
    assert (
        installed(path)("import hello, hello_more; print(ascii(hello.WORD), hello_more.MORE)")
        == r"'gr\xfc\xdf' 1"
    )


def test_a_change_of_the_sources_makes_another_wheel(linked, tmp_path):
    before = wheels.fingerprint(linked)
    (tmp_path / "sources" / "hello" / "__init__.py").write_text("WORD = 'bye'\n")
    assert wheels.fingerprint(linked) != before


def test_a_script_that_is_no_entry_point_is_for_any_python(tmp_path, monkeypatch):
    site = tmp_path / "prefix" / "lib" / "site"
    info = site / "tool-1.dist-info"
    info.mkdir(parents=True)
    (tmp_path / "prefix" / "bin").mkdir()
    for name in ("tool", "made"):
        (tmp_path / "prefix" / "bin" / name).write_text(f"#!{sys.executable}\nprint(1)\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tool\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[console_scripts]\nmade = tool:main\n")
    (info / "RECORD").write_text("../../bin/tool,,\n../../bin/made,,\ntool-1.dist-info/METADATA,,\n")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    with zipfile.ZipFile(wheels.rebuilt(PathDistribution(info), tmp_path / "cache")) as wheel:
        assert wheel.read("tool-1.data/scripts/tool") == b"#!python\nprint(1)\n"
        assert not [name for name in wheel.namelist() if name.endswith("made")]


def test_what_is_not_whole_is_named_with_what_to_type(tmp_path):
    info = tmp_path / "gone-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gone\nVersion: 1\n")
    (info / "RECORD").write_text("gone.py,sha256=x,1\n")
    with pytest.raises(EssError, match=r"gone 1 is not whole: .*gone\.py") as failed:
        wheels.rebuilt(PathDistribution(info), tmp_path / "cache")
    assert "pip install --force-reinstall gone==1" in failed.value.hint
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
