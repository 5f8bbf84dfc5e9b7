"""Whatever is wrong with one plugin, everything else works, and one line says what it is."""

import json
import os
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from ess_core.host import Command
from ess_core.host.commandtable import CommandTable
from ess_core.registry import TakenError
from tests.ess_core.host.conftest import Env, Plant, on_path, write_plugin
from tests.fixtures.sandbox import ESS, Ess

HEAD = "from ess_core.host import Command, hookimpl\n"


def hook(name: str, body: str) -> str:
    """The source of a plugin with one hook."""
    return f"{HEAD}\n@hookimpl\ndef {name}():\n    {body}\n"


BROKEN = {
    "cannot be imported": ("import no_such_module", "No module named 'no_such_module'"),
    "is no Python": ("def (", "SyntaxError"),
    "exits on import": ("import sys; sys.exit('bye')", "SystemExit: bye"),
    "raises what is no Exception": ("class Odd(BaseException): pass\nraise Odd('x')", "Odd: x"),
    "pretends to be Ctrl-C": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "cannot say its error": (
        "class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute",
        "Mute",
    ),
    "says its error in many lines": ("raise ValueError('one\\ntwo\\x1b[2J')", "ValueError: one"),
    "has an endless error": ("raise ValueError('x' * 100_000)", "xxx…"),
    "implements an unknown hook": (hook("ess_comands", "return []"), "no hook ess_comands"),
    "wants arguments": (
        f"{HEAD}\n@hookimpl\ndef ess_commands(app):\n    return []\n",
        "ess_commands",
    ),
    "raises in a hook": (hook("ess_commands", "raise KeyError('k')"), "KeyError: 'k'"),
    "exits in a hook": (hook("ess_config", "raise SystemExit(3)"), "SystemExit: 3"),
    "raises late": (
        hook("ess_commands", "yield Command('bad go', 'bad:Go', 'Go.')\n    raise OSError('late')"),
        "OSError: late",
    ),
    "wraps a hook": (
        f"{HEAD}\n@hookimpl(wrapper=True)\ndef ess_commands():\n    return (yield)\n",
        "wrapper",
    ),
    "gives commands as tuples": (
        hook("ess_commands", "return [('bad go', 'bad:Go', 'Go.')]"),
        "gave a tuple, not a Command",
    ),
    "gives a number of commands": (hook("ess_commands", "return 3"), "returned int"),
    "gives a command without a name": (hook("ess_commands", "yield Command('', 'bad:Go', 'Go.')"), "name ''"),
    "gives a command in capitals": (hook("ess_commands", "yield Command('Go', 'b:G', 'Go.')"), "name 'Go'"),
    "gives a command named as an option": (
        hook("ess_commands", "yield Command('--help', 'bad:Go', 'Go.')"),
        "name '--help'",
    ),
    "gives a command with escapes in its name": (
        hook("ess_commands", "yield Command('go\\x1b[2J\\nx', 'bad:Go', 'Go.')"),
        "command name",
    ),
    "gives a command without a target": (hook("ess_commands", "yield Command('go', 'bad', 'Go.')"), "'bad'"),
    "gives a summary of two lines": (
        hook("ess_commands", "yield Command('go', 'bad:Go', 'Go.\\nNow.')"),
        "summary",
    ),
    "gives no text as a name": (hook("ess_commands", "yield Command(None, 'bad:Go', 'Go.')"), "TypeError"),
    "gives datastores as a list": (hook("ess_datastores", "return ['s3']"), "returned list"),
    "gives a class, not its name": (hook("ess_datastores", "return {'x': dict}"), "not 'module:attribute'"),
    "names a thing with nothing": (hook("ess_checks", "return {'': 'bad:check'}"), "'' as a name"),
    "follows an unknown event": (hook("ess_cluster_events", "return {'start': 'bad:f'}"), "no cluster event"),
    "gives a schema that is a list": (hook("ess_config", "return {'Bad': []}"), "not a cerberus schema"),
    "gives permissions as a text": (hook("ess_iam", "return {'go': 's3:*'}"), "not a list of IAM statements"),
}


NOWHERE = ("{name} = no_such_module", "{name} = {name}_plugin:nothing", "{name} =", "{name}")


@dataclass(frozen=True)
class Seen:
    """What one `ess plugin list` says with all the broken plugins installed."""

    plugins: dict[str, dict[str, Any]]
    lines: list[str]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """All the broken plugins at once, and one that works."""
    site = tmp_path_factory.mktemp("site")
    for number, (source, _reason) in enumerate(BROKEN.values()):
        write_plugin(site, source, f"bad{number}")
    for number, entry in enumerate(NOWHERE):
        write_plugin(site, HEAD, f"lost{number}", entry.format(name=f"lost{number}"))
    write_plugin(site, hook("ess_commands", "yield Command('well done', 'w:W', 'Be well.')"), "well")
    command = [ESS, "plugin", "list", "-f", "json"]
    env = os.environ | on_path(site)
    done = subprocess.run(command, env=env, cwd=site, capture_output=True, text=True, check=True, timeout=60)
    return Seen({row["plugin"]: row for row in json.loads(done.stdout)}, done.stderr.splitlines())


@pytest.mark.parametrize("what", BROKEN)
def test_a_plugin_is_off_with_one_line_that(what: str, seen: Seen) -> None:
    name = f"bad{list(BROKEN).index(what)}"
    assert_off(seen, name, BROKEN[what][1])


@pytest.mark.parametrize("number", range(len(NOWHERE)))
def test_an_entry_point_that_leads_nowhere_is_one_line(number: int, seen: Seen) -> None:
    assert_off(seen, f"lost{number}", "")


def test_the_other_plugins_work_beside_all_the_broken_ones(seen: Seen) -> None:
    assert seen.plugins["well"]["commands"] == ["well done"]
    assert {seen.plugins[name]["status"] for name in ("core", "ec2", "redshift", "s3", "well")} == {"on"}


def assert_off(seen: Seen, name: str, reason: str) -> None:
    """One line that a terminal can show, and the same reason in the list."""
    lines = [line for line in seen.lines if f"plugin {name} " in line]
    assert_one_line("\n".join(lines), f"ess: warning: plugin {name} (ess-{name} 0.1) is off: ", reason)
    assert seen.plugins[name]["status"] == "broken"
    assert reason in seen.plugins[name]["reason"]
    assert seen.plugins[name]["commands"] == seen.plugins[name]["gives"] == []


def test_a_plugin_with_the_name_of_another_is_off_and_the_first_stays(ess: Ess, plant: Plant) -> None:
    env = plant(hook("ess_commands", "yield Command('bad go', 'bad:Go', 'Go.')"), entry="s3 = bad_plugin")
    done = ess("help", env=env)
    assert_one_line(done.stderr, "plugin s3 (ess-bad 0.1) is off: ", "already belongs to s3 (essentia-aws")
    assert "s3 ls" in done.stdout
    assert "bad go" not in done.stdout


@pytest.mark.parametrize("name", ["s3 ls", "s3", "instance ec2 terminate all", "plugin list all"])
def test_nobody_can_stand_before_or_behind_anothers_command(name: str) -> None:
    table = CommandTable()
    for taken in ("s3 ls", "instance ec2 terminate", "plugin list"):
        table.add("first", Command(taken, "first:Class", "Work."))
    with pytest.raises(TakenError, match=f"'{name}' is refused: .* already comes from first"):
        table.add("second", Command(name, "second:Class", "Hijack."))
    assert {command.plugin for command in table.under()} == {"first"}


def test_a_refused_command_is_one_line_and_the_plugins_others_stay(ess: Ess, plant: Plant) -> None:
    body = "yield Command('s3 ls all', 'bad:Go', 'HIJACKED')\n    yield Command('bad go', 'bad:Go', 'Go.')"
    done = ess("help", env=plant(hook("ess_commands", body)))
    assert_one_line(done.stderr, "plugin bad (ess-bad 0.1): ", "command 's3 ls all' is refused")
    assert "HIJACKED" not in done.stdout
    assert "bad go" in done.stdout


def test_a_new_command_in_anothers_group_is_welcome(ess: Ess, plant: Plant) -> None:
    body = "yield Command('instance ec2 greet', 'bad:Go', 'Go.')"
    done = ess("help", "instance", "ec2", env=plant(hook("ess_commands", body)))
    assert "instance ec2 greet" in done.stdout
    assert done.stderr == ""


def test_the_second_of_two_datastores_for_one_scheme_is_refused(ess: Ess, plant: Plant, hello: Env) -> None:
    env = plant(hook("ess_datastores", "return {'hello': 'bad:Store'}"), name="later")
    both = {"PYTHONPATH": env["PYTHONPATH"] + ":" + hello["PYTHONPATH"]}
    done = ess("plugin", "check", "later", env=both)
    assert done.returncode == 1
    assert_one_line(
        done.stderr.replace("ess: 2 problems\n", ""), "datastore 'hello' already comes from hello"
    )


def test_what_a_plugin_prints_does_not_reach_the_data(ess: Ess, plant: Plant) -> None:
    done = ess("plugin", "list", "-f", "json", env=plant("print('I am loading')"))
    assert json.loads(done.stdout)
    assert "I am loading" in done.stderr


def test_a_schema_that_cerberus_refuses_turns_its_plugin_off_when_the_conf_is_read(
    ess: Ess, plant: Plant
) -> None:
    source = hook("ess_config", "return {'Bad': {'key': {'type': 'nonsense'}}}")
    source += '\n@hookimpl\ndef ess_commands():\n    yield Command("bad go", "bad_plugin:Go", "Go.")\n'
    source += "\nfrom ess_core.host.command import BaseCommand\n"
    source += "class Go(BaseCommand):\n    def take_action(self, args):\n        self.conf\n"
    env = plant(source)
    assert ess("help", env=env).stderr == ""
    done = ess("config", "show", env=env)
    assert done.returncode == 0
    assert_one_line(done.stderr, "plugin bad (ess-bad 0.1) is off: ", "nonsense")
    done = ess("bad", "go", env=env)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "ess: 'bad go' cannot run: its plugin bad is off"


def test_a_quiet_command_says_nothing_of_broken_plugins(ess: Ess, plant: Plant) -> None:
    env = plant("1/0")
    for words in (("-q", "plugin", "list"), ("plugin", "list", "-q"), ("-q", "--help")):
        assert ess(*words, env=env).stderr == ""


def test_debug_shows_where_a_plugin_fails(ess: Ess, plant: Plant) -> None:
    done = ess("plugin", "list", "--debug", env=plant("1/0"))
    assert "bad_plugin.py" in done.stderr
    assert "ZeroDivisionError" in done.stderr


def test_another_packages_damaged_metadata_is_not_our_business(ess: Ess, plant: Plant) -> None:
    env = plant(HEAD)
    site = ess.cwd.parent / "site"
    for name, data in {"a-1.dist-info": b"\xff\xfe[[[\0", "b-1.egg-info": b"[x\n=\n", "-info": b""}.items():
        (site / name).mkdir()
        (site / name / "entry_points.txt").write_bytes(data)
    (site / "c-1.dist-info").write_text("a file")
    (site / "d-1.dist-info").mkdir()
    done = ess("plugin", "list", "-f", "value", "-c", "status", env=env)
    assert set(done.stdout.split()) == {"on"}
    assert done.stderr == ""


def assert_one_line(stderr: str, *parts: str) -> None:
    """Exactly one line of text that a terminal can show, with ``parts`` in it."""
    lines = stderr.splitlines()
    assert len(lines) == 1, stderr
    assert lines[0].isprintable()
    assert len(lines[0]) < 500
    for part in parts:
        assert part in lines[0]
