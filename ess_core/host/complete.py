"""What may come next on a command line, for the shells' completion."""

from argparse import Action
from typing import TYPE_CHECKING

from ess_core.errors import EssError
from ess_core.host import options

if TYPE_CHECKING:
    from ess_core.host.app import App
    from ess_core.host.parser import Parser

BASH = """\
_ess() {
    mapfile -t COMPREPLY < <("$1" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -o bashdefault -F _ess ess
"""
ZSH = """\
#compdef ess
_ess() {
    local found
    found="$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"
    if [[ -n "$found" ]]; then
        compadd -- "${(@f)found}"
    else
        _files
    fi
}
compdef _ess ess
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH}
NAMING = ("help", "config policy")
"""Commands whose arguments are the words of another."""


def candidates(app: "App", words: list[str]) -> list[str]:
    """What the last of ``words`` can become, given the others; nothing where a file name may stand."""
    *before, current = words or [""]
    parser = options.app_parser()
    typed = _without_options(before, parser)
    if typed is None:
        found = _values(parser, before[-1])
    else:
        found = _after(app, typed, current) + ([] if typed else parser.option_names())
    if not current:
        found = [word for word in found if not word.startswith("-")]
    return sorted({word for word in found if word.startswith(current)})


def _after(app: "App", typed: list[str], current: str) -> list[str]:
    """What may follow ``typed``: words of commands, or what the command there takes."""
    following = _next_words(app, typed)
    try:
        found, name, arguments = app.command_manager.find_command(typed)
        if name not in app.host.commands.commands:
            return following
        if name in NAMING:
            following = _next_words(app, arguments)
        _command, parser = app.build(found, name, ["--help"])
        return following + _arguments(parser, arguments, current)
    except EssError:
        return following


def _next_words(app: "App", typed: list[str]) -> list[str]:
    return [command.name.split()[len(typed)] for command in app.host.commands.under(" ".join(typed))]


def _arguments(parser: "Parser", arguments: list[str], current: str) -> list[str]:
    if arguments and _takes_value(parser, arguments[-1]):
        return _values(parser, arguments[-1])
    if current.startswith("-"):
        return parser.option_names()
    return [choice for action in parser.actions if not action.option_strings for choice in _choices(action)]


def _without_options(words: list[str], parser: "Parser") -> list[str] | None:
    """``words`` from the command on; None where the last one waits for its value."""
    position = 0
    while position < len(words) and words[position].startswith("-"):
        position += 2 if _takes_value(parser, words[position]) else 1
    return None if position > len(words) else words[position:]


def _takes_value(parser: "Parser", word: str) -> bool:
    action = parser.option(word)
    return action is not None and action.nargs != 0


def _values(parser: "Parser", option: str) -> list[str]:
    action = parser.option(option)
    return _choices(action) if action else []


def _choices(action: Action) -> list[str]:
    return [str(choice) for choice in action.choices or ()]
