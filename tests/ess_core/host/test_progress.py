"""Progress and questions: bars and a question on a terminal, plain lines elsewhere."""

import re

from tests.ess_core.host.conftest import Env
from tests.ess_core.host.terminal import Terminal
from tests.fixtures.sandbox import Ess


def test_without_a_terminal_progress_is_plain_lines_on_stderr(ess: Ess, probe: Env) -> None:
    done = ess("trial", "steps", env=probe)
    assert done.stdout == ""
    assert done.stderr.splitlines() == ["counting: 0 of 3", "counting: 3 of 3", "done counting"]
    assert ess("-q", "trial", "steps", env=probe).stderr == ""


def test_a_terminal_shows_bars_with_counts_and_gets_its_cursor_back(ess: Ess, probe: Env) -> None:
    terminal = Terminal("trial", "steps", env=ess.env | probe, cwd=ess.cwd)
    assert terminal.end() == 0
    assert "3/3" in terminal.shown
    assert "done counting" in terminal.shown
    assert terminal.shown.rindex("\x1b[?25h") > terminal.shown.rindex("\x1b[?25l")


def test_no_color_is_honoured(ess: Ess, probe: Env) -> None:
    coloured = Terminal("trial", "steps", env=ess.env | probe, cwd=ess.cwd)
    plain = Terminal("trial", "steps", env=ess.env | probe | {"NO_COLOR": "1"}, cwd=ess.cwd)
    assert coloured.end() == plain.end() == 0
    colour = re.compile(r"\x1b\[[0-9;]*3[0-9][0-9;]*m")
    assert colour.search(coloured.shown)
    assert not colour.search(plain.shown)


def test_a_terminal_that_can_do_nothing_gets_lines(ess: Ess, probe: Env) -> None:
    terminal = Terminal("trial", "steps", env=ess.env | probe | {"TERM": "dumb"}, cwd=ess.cwd)
    assert terminal.end() == 0
    assert terminal.shown == "counting: 0 of 3\r\ncounting: 3 of 3\r\ndone counting\r\n"


def test_a_question_is_asked_only_where_somebody_can_answer(ess: Ess, probe: Env) -> None:
    done = ess("trial", "ask", env=probe)
    assert (done.stdout, done.stderr) == ("True\n", "")
    answers = {"y\n": "True", "Yes\n": "True", "\n": "False", "\x04": "False"}
    for typed, answer in answers.items():
        terminal = Terminal("trial", "ask", env=ess.env | probe, cwd=ess.cwd)
        terminal.wait_for("Go on? [y/N] ")
        terminal.type(typed)
        assert terminal.end() == 0
        assert terminal.shown.endswith(f"{answer}\r\n"), repr(typed)
