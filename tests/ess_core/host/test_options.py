"""Options: before the command or after it, exact names only, and none is ever dropped."""

import os
from pathlib import Path

import pytest

from ess_core.errors import UsageError
from ess_core.host.app import App
from ess_core.host.parser import Parser
from ess_core.host.plugins import Host
from ess_core.registry import Registry
from tests.ess_core.host.conftest import Env, Plant
from tests.fixtures.sandbox import Ess

GLOBAL = ("--credentials", "a.csv", "--profile", "p", "--region", "r-1")
EXTRA = """
from ess_core.host import hookimpl

@hookimpl
def ess_command_options():
    return {{"plugin list": "{name}_plugin:add"}}

def add(group):
    {body}
"""


@pytest.mark.parametrize("place", ["before", "after", "both sides"])
def test_global_options_work_on_either_side_of_the_command(place: str, ess: Ess, probe: Env) -> None:
    given = ("--conf", "x.conf", *GLOBAL, "--no-plugins", "--debug", "-v")
    words = {
        "before": (*given, "trial", "options"),
        "after": ("trial", "options", *given),
        "both sides": (*given[:4], "trial", "options", *given[4:]),
    }[place]
    (ess.cwd / "x.conf").write_text("[EC2]\n")
    done = ess(*(word for word in words if word != "--no-plugins"), env=probe)
    assert done.stdout == "x.conf a.csv p r-1 False True 1 False\n"
    assert "said" in done.stderr


def test_what_stands_after_the_command_wins(ess: Ess, probe: Env) -> None:
    words = ("--region", "one", "-v", "trial", "options", "--region=two", "-v", "-q")
    assert ess(*words, env=probe).stdout == "None None None two False False 2 True\n"


def test_quiet_says_nothing_and_its_place_does_not_matter(ess: Ess, probe: Env) -> None:
    assert ess("trial", "options", env=probe).stderr == "said\ness: warning: warned\n"
    for words in (("-q", "trial", "options"), ("trial", "options", "--quiet")):
        assert ess(*words, env=probe).stderr == ""


@pytest.mark.parametrize("place", ["before", "after"])
def test_no_plugins_leaves_out_third_parties_wherever_it_stands(place: str, ess: Ess, plant: Plant) -> None:
    words = ["plugin", "list", "-f", "tsv", "-c", "plugin", "-c", "reason"]
    words.insert(0 if place == "before" else len(words), "--no-plugins")
    done = ess(*words, env=plant("raise SystemExit('I was loaded')"))
    assert "bad\tturned off by --no-plugins\n" in done.stdout
    assert "s3\t\n" in done.stdout
    assert done.stderr == ""


def test_a_conf_after_the_command_decides_which_plugins_are_loaded(ess: Ess, plant: Plant) -> None:
    (ess.cwd / "my.conf").write_text("[plugins]\nblock = bad, redshift\n")
    env = plant("raise SystemExit('I was loaded')")
    done = ess("plugin", "list", "-f", "tsv", "-c", "plugin", "-c", "reason", "--conf", "my.conf", env=env)
    assert "bad\tturned off by [plugins] block\n" in done.stdout
    assert "redshift\tturned off by [plugins] block\n" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("variables", "reason"),
    [({"ESS_BLOCK_PLUGINS": "x,bad"}, "ESS_BLOCK_PLUGINS"), ({"ESS_NO_PLUGINS": "1"}, "ESS_NO_PLUGINS")],
)
def test_the_environment_can_turn_a_plugin_off(
    variables: dict[str, str], reason: str, ess: Ess, plant: Plant
) -> None:
    env = {**plant("raise SystemExit('I was loaded')"), **variables}
    done = ess("plugin", "list", "-f", "tsv", "-c", "plugin", "-c", "reason", env=env)
    assert f"bad\tturned off by {reason}\n" in done.stdout
    assert done.stderr == ""


def test_the_core_cannot_be_turned_off(ess: Ess) -> None:
    assert ess("help", env={"ESS_BLOCK_PLUGINS": "core,ec2,s3,redshift,sandbox"}).returncode == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("trial", "echo", "--numb", "2"), "there is no option --numb; did you mean --number?"),
        (("--regio", "x", "trial", "echo"), "there is no option --regio; did you mean --region?"),
        (("trial", "echo", "--quie"), "there is no option --quie; did you mean --quiet?"),
        (("trial", "echo", "--numb=2"), "there is no option --numb; did you mean --number?"),
        (("plugin", "list", "--form", "json"), "there is no option --form; did you mean --format?"),
        (("plugin", "list", "-f", "jso"), "argument -f/--format: invalid choice: 'jso'"),
        (("plugin", "list", "--quote", "all"), "there is no option --quote"),
        (("plugin", "list", "surplus"), "unexpected arguments: surplus"),
        (("trial", "echo", "--number", "two"), "argument --number: invalid int value: 'two'"),
        (("trial", "echo", "--type", "medium"), "argument --type: invalid choice: 'medium'"),
        (("trial", "end"), "the following arguments are required: how"),
        (("--conf",), "argument --conf: expected one argument"),
        (("-z",), "there is no option -z"),
    ],
)
def test_a_wrong_option_is_named_and_nothing_runs(
    words: tuple[str, ...], message: str, ess: Ess, probe: Env
) -> None:
    done = ess(*words, env=probe)
    assert done.returncode == 2
    first, hint = done.stderr.splitlines()
    assert first.startswith(f"ess: {message}")
    assert hint.startswith("hint: ess")
    assert hint.endswith("--help")
    assert done.stdout == ""


def test_words_that_look_like_global_options_reach_the_command(ess: Ess, probe: Env) -> None:
    done = ess("trial", "echo", "--", "--region", "-q", "--version", "-h", "--no-plugins", env=probe)
    assert done.stdout == "['--region', '-q', '--version', '-h', '--no-plugins'] None None\n"


def test_two_hyphens_may_stand_before_the_command(ess: Ess, probe: Env) -> None:
    assert ess("-v", "--", "trial", "echo", "a", env=probe).stdout == "['a'] None None\n"


def test_no_command_has_an_option_that_another_one_hides(tmp_path: Path) -> None:
    """Parsers refuse a clash instead of dropping it; so building each of them proves it."""
    host = Host(Registry())
    host.load()
    assert host.warnings == []
    with Path(os.devnull).open("w") as nowhere:
        app = App(host, stdout=nowhere, stderr=nowhere)
        for declared in host.commands.under():
            app.build(declared.load(), declared.name, ["--help"])
    assert host.warnings == []


def test_an_option_that_a_third_party_adds_works_and_says_whose_it_is(ess: Ess, hello: Env) -> None:
    assert ess("plugin", "list", "--hello", env=hello).returncode == 0
    done = ess("plugin", "list", "--help", env=hello)
    assert "options of plugin hello:" in done.stdout
    assert "say hello first" in done.stdout


ADDED = {
    "fails": ("1/0", "ZeroDivisionError"),
    "is taken by the host": ('group.add_argument("-q")', "conflicting option string: -q"),
    "is taken by the command": ('group.add_argument("--format")', "conflicting option string: --format"),
    "overwrites another's value": (
        'group.add_argument("--mine", dest="output_format")',
        "destination 'output_format' is taken",
    ),
    "is required": ('group.add_argument("--must", required=True)', "'must' is not optional"),
    "is positional": ('group.add_argument("thing", nargs="*")', "'thing' is not optional"),
    "has a default that does not fit": ('group.add_argument("--n", type=int, default="x")', "invalid int"),
    "has a help that cannot be shown": ('group.add_argument("--n", help="100% x")', "format"),
}


def test_added_options_that_do_not_fit_are_left_out_and_the_command_works(ess: Ess, plant: Plant) -> None:
    for number, (body, _reason) in enumerate(ADDED.values()):
        name = f"bad{number}"
        env = plant(EXTRA.format(name=name, body=body), name)
    env = plant(EXTRA.format(name="good", body='group.add_argument("--good", action="store_true")'), "good")
    done = ess("plugin", "list", "--good", "-f", "value", "-c", "plugin", env=env)
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    for number, (what, (_body, reason)) in enumerate(ADDED.items()):
        mine = [line for line in lines if f"plugin bad{number}: its options for 'plugin list'" in line]
        assert len(mine) == 1, what
        assert reason in mine[0], what
    assert len(lines) == len(ADDED)


def test_an_argument_that_may_be_left_out_may_stand_behind_options() -> None:
    parser = Parser(prog="ess trial")
    parser.add_argument("first")
    parser.add_argument("second", nargs="?")
    parser.add_argument("--more", action="append")
    given = parser.parse_args(["a", "--more", "x", "b", "--more", "y"])
    assert (given.first, given.second, given.more) == ("a", "b", ["x", "y"])
    with pytest.raises(UsageError, match="unexpected arguments: c"):
        parser.parse_args(["a", "--more", "x", "b", "c"])
