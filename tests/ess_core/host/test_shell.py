"""`ess shell`: each line stands for itself, and reaches its command as typed."""

import subprocess

from tests.ess_core.host.conftest import Env
from tests.ess_core.host.terminal import Terminal
from tests.fixtures.sandbox import ESS, Ess


def test_lines_are_commands_and_quotes_and_signs_are_kept(ess: Ess, probe: Env) -> None:
    lines = [
        "trial echo 'select a; b' \"two  words\" x;y a|b > c # d",
        "# a comment",
        "",
        "trial echo 'open",
        "?",
        "!true",
        "help me",
        "trial echo last --number 3",
    ]
    done = ess("shell", input="\n".join(lines), env=probe)
    assert done.stdout.splitlines() == [
        "['select a; b', 'two  words', 'x;y', 'a|b', '>', 'c', '#', 'd'] None None",
        "['last'] 3 None",
    ]
    assert done.stderr.splitlines() == [
        "ess: this line cannot be read: No closing quotation",
        "ess: '?' is not an ess command",
        "hint: ess help",
        "ess: '!true' is not an ess command",
        "hint: ess help",
        "ess: 'me' is not an ess command",
        "hint: ess help",
    ]
    assert done.returncode == 0


def test_a_line_that_fails_does_not_end_the_others(ess: Ess, probe: Env) -> None:
    lines = ["trial end bug", "trial end exit-5", "trial end base", "trial echo on", "trial end no-match"]
    done = ess("shell", input="\n".join(lines), env=probe)
    assert done.stdout == "['on'] None None\n"
    assert "Traceback" not in done.stderr
    assert done.returncode == 4  # of the last line, as in a script


def test_global_options_hold_for_each_line_and_a_lines_own_for_itself(ess: Ess, probe: Env) -> None:
    own = ("trial options --region two -v", "--region three trial options")
    lines = ["trial options", *own, "trial options"]
    done = ess("-q", "--region", "one", "shell", input="\n".join(lines), env=probe)
    regions = [line.split()[3] for line in done.stdout.splitlines()]
    assert regions == ["one", "two", "three", "one"]
    assert [line.split()[6] for line in done.stdout.splitlines()] == ["0", "1", "0", "0"]
    assert done.stderr == ""


def test_a_warning_is_said_once_however_many_lines_came_before(ess: Ess, probe: Env) -> None:
    done = ess("shell", input="trial options\n" * 3, env=probe)
    assert done.stderr.splitlines() == ["said", "ess: warning: warned"] * 3


def test_a_pasted_line_may_begin_with_ess(ess: Ess, probe: Env) -> None:
    assert ess("shell", env=probe, input="ess trial echo ess\n").stdout == "['ess'] None None\n"


def test_exit_ends_the_shell(ess: Ess, probe: Env) -> None:
    for word in ("exit", "quit"):
        assert ess("shell", input=f"{word}\nprobe echo more", env=probe).stdout == ""


def test_at_a_terminal_ctrl_c_drops_a_line_and_ctrl_d_ends(ess: Ess, probe: Env) -> None:
    terminal = Terminal("shell", env=ess.env | probe, cwd=ess.cwd)
    terminal.wait_for("ess> ")
    terminal.type("trial echo dropped")
    terminal.press_ctrl_c("\ness> ")
    terminal.type("trial clean-up\n")
    terminal.wait_for("ready")
    terminal.press_ctrl_c("cleaned up\r\ness> ")
    terminal.type("trial echo kept\n")
    terminal.wait_for("['kept'] None None\r\ness> ")
    terminal.type("\x04")
    assert terminal.end() == 0
    assert "dropped'" not in terminal.shown
    assert "Traceback" not in terminal.shown


def test_at_a_terminal_tab_completes(ess: Ess, probe: Env) -> None:
    terminal = Terminal("shell", env=ess.env | probe, cwd=ess.cwd)
    terminal.wait_for("ess> ")
    terminal.type("plugin li\t--forma\tvalue -c plugin\n")
    terminal.wait_for("core\r\n")
    terminal.type("exit\n")
    assert terminal.end() == 0


def test_a_reader_that_has_gone_ends_the_shell(ess: Ess, probe: Env) -> None:
    lines = "trial endless -f value\nprobe end bug\n"
    script = f"printf '{lines}' | {ESS} shell | head -n 1; echo ${{PIPESTATUS[1]}}"
    done = subprocess.run(
        ["bash", "-c", script], env=ess.env | probe, cwd=ess.cwd, capture_output=True, text=True, check=True
    )
    assert done.stdout == "0\n141\n"
    assert done.stderr == ""
