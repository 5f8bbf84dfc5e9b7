"""A script of SQL statements through the Data API: what it can run, and the results."""

import re
from collections.abc import Iterator

from ess_core.errors import UsageError
from ess_plugins.redshift.dataapi.calls import MOST_STATEMENTS, DataApi, Done, StatementError
from ess_plugins.redshift.failures import RedshiftError
from ess_plugins.redshift.running import Result, Script, place
from ess_plugins.redshift.sql import kinds, parameters
from ess_plugins.redshift.sql.splitting import Statement

MOST_BYTES = 100 << 10
"""Of one statement: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html#data-api-calling-considerations"""

_NAME = re.compile("[0-9A-Za-z_]+")
_SINGLE = "--single-transaction runs all statements in one session"


def check(script: Script) -> None:
    """Raise UsageError for what the Data API cannot do, before anything is run."""
    for number, statement in enumerate(script.statements, 1):
        _check(statement.text, place(number, statement.line), alone=len(script.statements) == 1)
        if not script.is_one:
            _check_session(statement.text, place(number, statement.line), script)
    if script.is_one and len(script.statements) > MOST_STATEMENTS:
        raise UsageError(
            f"there are {len(script.statements)} statements, and the Data API takes {MOST_STATEMENTS} in one "
            "transaction",
            "connect for it: leave --via out",
        )
    for name, text in script.values.items():
        if not text:
            raise UsageError(f"--param {name} is empty, and the Data API takes no empty values", "write ''")
        if not _NAME.fullmatch(name):
            raise UsageError(f"--param {name}: the Data API has names of letters, digits and _ only")


def run(api: DataApi, script: Script) -> Iterator[Result]:
    """Run the statements as their results are taken, each in a session and a transaction of its own.

    A script that is one is run whole first. Raises RedshiftError that names the statement and its line; what
    comes after it is not run.
    """
    if script.is_one and len(script.statements) > 1:
        yield from _run_as_one(api, script)
        return
    for number, statement in enumerate(script.statements, 1):
        names = parameters.names(statement.text)
        values = {name: script.values[name] for name in names}
        try:
            done = api.run(statement.text, values)
        except StatementError as error:
            raise _named(error, script, number) from error
        yield _result(api, number, statement, done)


def _run_as_one(api: DataApi, script: Script) -> Iterator[Result]:
    try:
        done = api.run_all([one.text for one in script.statements], script.values)
    except StatementError as error:
        raise _named(error, script, error.number) from error
    parts = zip(script.statements, done.parts, strict=True)
    for number, (statement, part) in enumerate(parts, 1):
        yield _result(api, number, statement, part)


def _result(api: DataApi, number: int, statement: Statement, done: Done) -> Result:
    if done.has_rows:
        names, rows = api.answer(done)
        return Result(number, statement, names, rows, -1, ())
    changed = done.changed if done.changed > 0 or kinds.changes(statement.text) else -1
    return Result(number, statement, (), iter(()), changed, ())


def _named(error: StatementError, script: Script, number: int) -> RedshiftError:
    if not number:
        return error
    where = place(number, script.statements[number - 1].line)
    return RedshiftError(error.problem, f"{where}: {error.message}", error.hint)


def _check(text: str, where: str, *, alone: bool) -> None:
    if len(text.encode()) > MOST_BYTES:
        raise UsageError(
            f"{where}: it is longer than {MOST_BYTES >> 10} KiB, which is what the Data API takes",
            "connect for it: leave --via out",
        )
    if kinds.control(text):
        hint = "leave it out" if alone else f"leave it out; {_SINGLE}"
        raise UsageError(f"{where}: the Data API takes no BEGIN, COMMIT and ROLLBACK", hint)


def _check_session(text: str, where: str, script: Script) -> None:
    """Raise UsageError where the statements after it would not see what it does."""
    if len(script.statements) > 1 and kinds.is_of_session(text):
        raise UsageError(
            f"{where}: it lasts as long as its session, and here each statement has one of its own", _SINGLE
        )
