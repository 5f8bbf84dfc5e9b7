"""What the demo leaves out where an extra is not installed, and that `make demo` installs all of them."""

import re
from pathlib import Path

import pytest

from ess_plugins.sandbox import tour
from ess_plugins.sandbox.tour import Tour

MAKEFILE = (Path(__file__).parents[3] / "Makefile").read_text(encoding="utf-8")


@pytest.fixture
def words(sandbox, monkeypatch):
    """The words of each step, without taking it, and what is said beside it, where ``missing`` is missing."""

    def listed(missing=""):
        monkeypatch.setattr(tour, "find_spec", lambda name: None if name == missing else name)
        said = []
        made = Tour(sandbox.running, said.append, said.append)
        return [" ".join(step.words) for step in made._steps()], said

    return listed


def test_without_the_driver_of_redshift_the_warehouse_is_left_out(words):
    steps, said = words("redshift_connector")
    assert steps[-1] == "instance ec2 terminate all"
    assert not [one for one in steps if one.startswith("redshift")]
    assert said == ["The warehouse is left out: `pip install 'essentia-aws[redshift]'` brings its driver."]


def test_with_it_the_tour_ends_in_the_warehouse(words):
    steps, said = words()
    assert [one.split()[:2] for one in steps[-2:]] == [["redshift", "sql"], ["instance", "ec2"]]
    assert said == []


@pytest.mark.parametrize(("missing", "where"), [("", "on the workers"), ("distributed", "on this machine")])
def test_it_says_where_files_are_cleaned(monkeypatch, missing, where):
    monkeypatch.setattr(tour, "find_spec", lambda name: None if name == missing else name)
    [step] = [one for one in tour._on_data() if one.words[:2] == ["category", "rejects"]]
    assert step.after("") == f"The files were cleaned {where}. A dirty row is never lost silently."


def test_it_counts_the_files_of_each_host():
    lines = "".join(f"ip-{host}: orders_{day} has 201 lines\n" for host, day in ((2, 1), (1, 2), (2, 3)))
    assert tour._places(lines) == "1 on ip-1, 2 on ip-2."


def test_make_demo_installs_the_extras_that_it_shows():
    [extras] = re.findall(r"^\$\(VENV\)/\.demo:.*\n\t\$\(PIP\) --editable '\.\[(.*)\]'$", MAKEFILE, re.M)
    assert set(extras.split(",")) == {"redshift", "sandbox", "workers"}
