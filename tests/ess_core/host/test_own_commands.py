"""`ess plugin check` and `ess config …`."""

import json
import stat
from pathlib import Path

import pytest

from tests.ess_core.host.conftest import Env, Plant
from tests.fixtures.sandbox import Ess

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKE"


def test_all_that_comes_with_ess_passes_its_own_check(ess: Ess) -> None:
    done = ess("plugin", "check", "-f", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {"core", "data", "ec2", "redshift", "s3", "sandbox", "workers"} == {row["plugin"] for row in rows}
    assert {row["status"] for row in rows} == {"ok"}


def test_plugin_check_finds_what_plugin_list_cannot_see(ess: Ess, plant: Plant) -> None:
    source = """
from ess_core.host import Command, hookimpl
from ess_core.host.command import BaseCommand

@hookimpl
def ess_commands():
    yield Command("bad module", "no_module:Go", "Go.")
    yield Command("bad class", "bad_plugin:Gone", "Go.")
    yield Command("bad summary", "bad_plugin:Go", "Stay.")
    yield Command("bad help", "bad_plugin:Help", "Help.")

@hookimpl
def ess_config():
    return {"Bad": {"key": {"type": "nonsense"}}}

@hookimpl
def ess_formatters():
    return {"bad": "builtins:dict"}

@hookimpl
def ess_checks():
    return {"bad": "bad_plugin:gone"}

@hookimpl
def ess_command_options():
    return {"no such command": "bad_plugin:ess_checks"}

class Go(BaseCommand):
    '''Go.'''
    def take_action(self, args):
        pass

class Help(Go):
    '''Help.'''
    def arguments(self, parser):
        parser.add_argument("--all", help="100% of it")
"""
    done = ess("plugin", "check", "bad", "-f", "tsv", env=plant(source))
    assert done.returncode == 1
    problems = {line.split("\t")[2]: line.split("\t")[3] for line in done.stdout.splitlines()[1:]}
    for thing, problem in {
        "command bad module": "No module named 'no_module'",
        "command bad class": "has no attribute 'Gone'",
        "command bad summary": "summary is 'Stay.', docstring begins 'Go.'",
        "command bad help": "format",
        "configuration section Bad": "nonsense",
        "output format bad": "is not a cliff formatter",
        "check bad": "has no attribute 'gone'",
        "command option no such command": "there is no command 'no such command'",
    }.items():
        assert problem in problems[thing], thing
    assert done.stderr == "ess: 8 problems\n"


def test_plugin_check_of_a_plugin_that_is_not_there(ess: Ess) -> None:
    done = ess("plugin", "check", "nobody")
    assert (done.returncode, done.stderr) == (4, "ess: there is no plugin nobody\nhint: ess plugin list\n")


def test_config_init_writes_a_file_that_config_check_understands(ess: Ess) -> None:
    done = ess("config", "init")
    assert done.returncode == 0
    text = (ess.cwd / "instance.conf").read_text()
    assert "[EC2]" in text
    shown = ess("config", "show", "-f", "json")
    assert shown.returncode == 0, shown.stderr
    origins = {(row["section"], row["key"]): row["origin"] for row in json.loads(shown.stdout)}
    assert origins["EC2", "instance_type"].startswith("instance.conf:")


def test_config_init_overwrites_nothing_unless_told_to(ess: Ess) -> None:
    path = ess.cwd / "my.conf"
    path.write_text("mine")
    done = ess("config", "init", "--conf", "my.conf")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].endswith("my.conf exists already")
    assert path.read_text() == "mine"
    assert ess("config", "init", "--conf", "my.conf", "--force").returncode == 0
    assert "[EC2]" in path.read_text()


def test_config_init_says_where_it_cannot_write(ess: Ess) -> None:
    done = ess("config", "init", "--conf", "no/such/folder/x.conf")
    assert done.returncode == 1
    assert done.stderr == "ess: no/such/folder/x.conf cannot be written: No such file or directory\n"


@pytest.fixture
def with_keys(ess: Ess) -> Path:
    """A configuration whose CSV holds a secret."""
    csv = ess.cwd / "keys.csv"
    csv.write_text(f"User Name,Access Key Id,Secret Access Key\nada,AKIAIOSFODNN7EXAMPLE,{SECRET}\n")
    csv.chmod(stat.S_IRUSR | stat.S_IWUSR)
    conf = ess.cwd / "instance.conf"
    conf.write_text("[EC2]\naws_credential: keys\ninstance_count: 3\nregion: eu-west-1\n")
    return conf


def test_config_show_says_where_each_value_came_from_and_no_secret(ess: Ess, with_keys: Path) -> None:
    done = ess("config", "show", "-f", "json", "--region", "us-west-2", "--debug", "-v")
    assert done.returncode == 0, done.stderr
    rows = {(row["section"], row["key"]): (row["value"], row["origin"]) for row in json.loads(done.stdout)}
    assert rows["EC2", "instance_count"] == ("3", "instance.conf:3")
    assert rows["AWS", "region"] == ("us-west-2", "--region")
    assert SECRET not in done.stdout + done.stderr


def test_config_check_of_a_good_file_ends_well(ess: Ess, with_keys: Path) -> None:
    done = ess("config", "check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no problems\n")


def test_config_check_shows_every_problem_at_once(ess: Ess) -> None:
    (ess.cwd / "instance.conf").write_text("[EC2]\ninstance_count: two\nfoo: 1\n[Foo]\n")
    done = ess("config", "check")
    assert done.returncode == 2
    first, second, third = done.stdout.splitlines()
    assert first.startswith("instance.conf:2: [EC2] instance_count: 'two' is not a whole number")
    assert second.startswith("instance.conf:3: [EC2] foo")
    assert third.startswith("warning: instance.conf:4: ")
    assert done.stderr == "ess: 2 problems\n"


def test_commands_without_a_conf_need_none(ess: Ess) -> None:
    done = ess("config", "check")
    assert done.returncode == 2
    assert ess("config", "show").returncode == 0


def test_debug_shows_no_signed_request_and_no_secret(ess: Ess, with_keys: Path) -> None:
    done = ess("redshift", "list", "--debug", "-v", env={"AWS_MAX_ATTEMPTS": "1"})
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    for secret in (SECRET, "AWS4-HMAC", "Signature=", "Authorization"):
        assert secret not in done.stdout + done.stderr


def test_a_librarys_debug_records_are_never_shown(ess: Ess, probe: Env) -> None:
    said = ess("trial", "log", "--debug", env=probe).stderr
    assert "ess: debug: ess.probe DEBUG" in said
    assert "ess: botocore.auth INFO" in said
    assert "botocore.auth DEBUG" not in said
    assert "asyncssh DEBUG" not in said
    quiet = ess("trial", "log", env=probe).stderr
    assert "ess: warning: botocore.auth WARNING" in quiet
    assert "INFO" not in quiet
    assert "WARNING" not in ess("-q", "trial", "log", env=probe).stderr
