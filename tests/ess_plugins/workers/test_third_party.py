"""Plugins of a third party work on workers: one that is installed, and one whose sources are linked to."""

import json
import os
from pathlib import Path

import pytest

PLUGIN = """
from ess_core.host import hookimpl

@hookimpl
def ess_datastores():
    return {"NAME": "ess_NAME.store:Store"}
"""
STORE = '''
import io, os
from datetime import UTC, datetime
from ess_core.files import File

class Store:
    """Each file has a line: whose HOME it was read in."""

    def __init__(self, url, cloud):
        self.url = url.rstrip("/")

    def list(self, prefix=""):
        yield from (self.stat(f"{number}.csv") for number in range(4))

    def stat(self, key):
        return File(key, 100, datetime(2014, 1, 1, tzinfo=UTC), "etag")

    def open(self, key, start=0, end=None, etag=""):
        return io.BytesIO(f"{os.environ['HOME']:99}\\n".encode()[start:end])
'''


def sources(folder: Path, name: str) -> list[Path]:
    """The files of a plugin with a datastore of the scheme ``name``."""
    package = folder / f"ess_{name}"
    package.mkdir(parents=True)
    texts = {"__init__.py": "", "plugin.py": PLUGIN.replace("NAME", name), "store.py": STORE}
    return [package / file for file, text in texts.items() if (package / file).write_text(text) is not None]


def registered(site: Path, name: str, files: list[Path], editable: bool) -> None:
    """What pip notes of it."""
    info = site / f"ess_{name}-0.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: ess-{name}\nVersion: 0.1\n")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    (info / "entry_points.txt").write_text(f"[ess.plugins]\n{name} = ess_{name}.plugin\n")
    (info / "direct_url.json").write_text(json.dumps({"url": "file:///", "dir_info": {"editable": editable}}))
    names = [file.relative_to(site) for file in [*files, *info.iterdir(), info / "RECORD"]]
    (info / "RECORD").write_text("".join(f"{one},,\n" for one in names))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_their_datastores_are_read_on_the_workers(pair, ess, tmp_path):
    site, linked = tmp_path / "site", tmp_path / "linked"
    registered(site, "whole", sources(site, "whole"), editable=False)
    sources(linked, "linked")
    registered(site, "linked", [], editable=True)
    paths = os.pathsep.join([str(site), str(linked), os.environ["PYTHONPATH"]])
    env = {"ESS_HOME": os.environ["ESS_HOME"], "PYTHONPATH": paths}

    def ok(*words):
        done = ess(*words, env=env, timeout=200)
        assert done.returncode == 0, done.stderr
        return done.stdout

    for name in ("whole", "linked"):
        ok("select", f"{name}://{name}")
        ok("category", "add", name, "*.csv", "--columnspec", "S:home")
        homes = ok("stream", name, "*", "*", "cat").split()
        assert (len(homes), set(homes) <= {str(home) for home in pair.homes}) == (4, True)
        answer = ok("query", f"select home, count(*) from {name} group by home", "-f", "ndjson")
        found = [json.loads(line)["home"].strip() for line in answer.splitlines()]
        assert set(found) <= {str(home) for home in pair.homes}
