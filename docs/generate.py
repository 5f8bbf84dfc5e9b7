"""Write the reference pages from the code, or check that they say what the code says.

``python docs/generate.py`` writes; ``--check`` changes nothing and ends with 1 where a page is out of date.
"""

import argparse
import difflib
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ess_core.conf.schemas import schemas
from ess_core.conf.show import text
from ess_core.host.app import App
from ess_core.host.commandtable import Declared
from ess_core.host.display import Display
from ess_core.host.hookspecs import Hooks
from ess_core.host.options import app_parser
from ess_core.host.parser import Parser
from ess_core.host.plugins import Host

HERE = Path(__file__).parent
MADE = "<!-- Written by docs/generate.py from the code: change that, then `make docs`. -->"


def commands(app: App) -> Iterator[str]:
    """The command reference."""
    yield "# Commands"
    yield "Options of every command, before it or after it:"
    yield _options(app_parser())
    yield (
        "Commands that show data also take `-f FORMAT` (table, json, csv, value, yaml, ndjson, tsv, text) "
        "and `-c COLUMN`, once for each column to show. Data goes to stdout, everything else to stderr."
    )
    yield (
        "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 partly done (what is not is "
        "listed), 4 nothing matched, 130 Ctrl-C, 141 closed pipe, 143 SIGTERM, 129 SIGHUP."
    )
    for declared in app.host.commands.under():
        yield from _command(app, declared)


def _command(app: App, declared: Declared) -> Iterator[str]:
    command, _parser = app.build(declared.load(), declared.name, [])
    own = Parser(prog=declared.name)
    command.arguments(own)
    usage = " ".join(["ess", declared.name, *(_usage(action) for action in own.actions)])
    yield f"## ess {declared.name}"
    yield inspect.cleandoc(type(command).__doc__ or "")
    yield f"```\n{usage}\n```"
    if own.actions:
        yield _options(own)
    if isinstance(command, Display) and command.default_format != "table":
        yield f"Its default format is {command.default_format}."


def _usage(action: argparse.Action) -> str:
    shown = (
        f"{action.option_strings[0]} {_value(action)}".strip() if action.option_strings else _value(action)
    )
    return shown if action.required else f"[{shown}]"


def _options(parser: Parser) -> str:
    rows = [
        f"- `{', '.join(action.option_strings) or _value(action)}"
        f"{' ' + _value(action) if action.option_strings and _value(action) else ''}`: {_help(action)}"
        for action in parser.actions
        if action.help != argparse.SUPPRESS
    ]
    return "\n".join(rows)


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if isinstance(action.metavar, tuple):
        return " ".join(action.metavar)
    return str(action.metavar or action.dest.upper())


def _help(action: argparse.Action) -> str:
    """The help as argparse shows it, with the values that it names."""
    return (action.help or "") % vars(action)


def hooks(_app: App) -> Iterator[str]:
    """The hook reference."""
    yield "# Hooks"
    yield inspect.getdoc(inspect.getmodule(Hooks)) or ""
    for name, spec in vars(Hooks).items():
        if name.startswith("ess_"):
            yield f"## {name}"
            yield _example(inspect.getdoc(spec) or "")


def _example(text: str) -> str:
    """The indented block after ``Example::`` as a code block."""
    before, _, after = text.partition("Example::\n")
    code = inspect.cleandoc(after)
    return f"{before.strip()}\n\n```python\n{code}\n```" if code else before


def settings(_app: App) -> Iterator[str]:
    """The reference of instance.conf."""
    yield "# instance.conf: every key"
    for section, keys in schemas()[0].items():
        rows = [_key(name, rule) for name, rule in keys.items() if rule.get("meta")]
        yield f"## [{section}]"
        yield "\n".join(["| key | meaning | default |", "|---|---|---|", *rows])


def _key(name: str, rule: dict[str, object]) -> str:
    meta = rule["meta"]
    assert isinstance(meta, dict)
    default = f"`{text(rule['default'], rule)}`" if "default" in rule else ""
    return f"| `{name}` | {meta['help']} | {default} |"


PAGES: dict[str, Callable[[App], Iterator[str]]] = {
    "commands.md": commands,
    "hooks.md": hooks,
    "settings.md": settings,
}


def main(check: bool) -> int:
    """Write or check every page; return the exit code."""
    host = Host()
    host.load(without="docs/generate.py")
    app = App(host)
    stale = [name for name, page in PAGES.items() if _settle(HERE / name, page(app), check)]
    if stale:
        print(f"out of date: {', '.join(stale)}; `make docs` writes them", file=sys.stderr)
    return 1 if stale else 0


def _settle(path: Path, parts: Iterator[str], check: bool) -> bool:
    """Write the page, or say whether it is stale."""
    title, *rest = parts
    text = _markdown("\n\n".join([title, MADE, *rest]) + "\n")
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    if not check:
        path.write_text(text, encoding="utf-8")
        return False
    sys.stderr.write("\n".join(difflib.unified_diff(before.splitlines(), text.splitlines(), path.name)))
    return text != before


def _markdown(text: str) -> str:
    """Docstrings write code as ``x`` and names as :class:`X`."""
    return re.sub(r"(?::\w+:`|``)(.+?)``?", r"`\1`", text)


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
