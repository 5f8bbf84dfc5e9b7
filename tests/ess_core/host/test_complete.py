"""Completion in real shells, and what it offers."""

import subprocess

import pytest

from tests.ess_core.host.conftest import Env
from tests.fixtures.sandbox import ESS, Ess

BASH = """
source <({ess} complete)
COMP_WORDS=({ess} {words} "$1")
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_ess {ess} "$1" x
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("words", "current", "found"),
    [
        ("", "inst", {"instance"}),
        ("instance ec2", "ter", {"terminate"}),
        ("plugin list", "--fo", {"--format"}),
        ("plugin list --format", "nd", {"ndjson"}),
    ],
)
def test_bash_completes_commands_options_and_values(
    words: str, current: str, found: set[str], ess: Ess
) -> None:
    command = ["bash", "--norc", "-c", BASH.format(ess=ESS, words=words), "bash", current]
    done = subprocess.run(command, env=ess.env, cwd=ess.cwd, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == found
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "offered", "not_offered"),
    [
        ([""], {"instance", "s3", "plugin", "help"}, {"--region", "ec2", "instance ec2"}),
        (["--"], {"--region", "--conf", "--help", "--version"}, {"instance"}),
        (["--region", "x", "--profile"], {"--profile"}, {"--region", "instance"}),
        (["--conf", ""], set(), {"instance"}),
        (["--region", "x", ""], {"instance"}, {"--conf"}),
        (["instance", ""], {"ec2", "status", "local"}, {"create"}),
        (["instance", "ec2", "create", "--"], {"--number", "--region", "--format"}, {"create"}),
        (["trial", "echo", "--type", ""], {"big", "small"}, {"--type"}),
        (["trial", "end", "b"], {"bug", "base", "broken-connection"}, {"exit"}),
        (["plugin", "list", "-f", "shout", ""], set(), {"json"}),
        (["xyzzy", ""], set(), {"instance"}),
        (["trial", "missing", "-"], set(), {"--help"}),
        (["-q", "help", ""], {"instance", "help"}, {"--quiet"}),
        (["help", "instance", "ec2", "cr"], {"create"}, {"terminate"}),
        (["help", "s3", "ls", ""], set(), {"ls", "instance"}),
        (["help", "--"], {"--region"}, {"instance"}),
        (["config", "policy", "s3", ""], {"ls"}, {"instance"}),
    ],
)
def test_what_is_offered(
    words: list[str], offered: set[str], not_offered: set[str], ess: Ess, probe: Env
) -> None:
    done = ess("complete", "--", *words, env=probe)
    found = set(done.stdout.splitlines())
    assert done.returncode == 0
    assert offered <= found
    assert not not_offered & found


def test_a_third_partys_commands_and_options_are_offered(ess: Ess, hello: Env) -> None:
    assert ess("complete", "--", "hello", "", env=hello).stdout == "world\n"
    assert "--name\n" in ess("complete", "--", "hello", "world", "--", env=hello).stdout
    assert "--hello\n" in ess("complete", "--", "plugin", "list", "--", env=hello).stdout


def test_the_zsh_script_calls_back(ess: Ess) -> None:
    script = ess("complete", "--shell", "zsh").stdout
    assert script.startswith("#compdef ess\n")
    assert 'complete -- "${(@)words[2,CURRENT]}"' in script
