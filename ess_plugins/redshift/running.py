"""A script of SQL statements, run one after the other, with answers of any length."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ess_core.errors import UsageError
from ess_plugins.redshift.connecting import Connection, Row
from ess_plugins.redshift.failures import RedshiftError
from ess_plugins.redshift.sql import kinds, parameters
from ess_plugins.redshift.sql.parameters import Bound
from ess_plugins.redshift.sql.splitting import Statement

ROWS_AT_ONCE = 1000
"""How many rows are fetched at a time: the most that a cluster of one node gives.

Source: https://docs.aws.amazon.com/redshift/latest/dg/fetch.html
"""


@dataclass(frozen=True)
class Script:
    """Statements to run, and the values of their parameters; ``is_one``: all of them take effect, or none."""

    statements: Sequence[Statement]
    values: Mapping[str, str] = field(default_factory=dict)
    is_one: bool = False

    def check(self) -> None:
        """Raise UsageError for what can be told to fail before anything is run."""
        if not self.statements:
            raise UsageError("there is no SQL statement in it")
        for number, statement in enumerate(self.statements, 1):
            _check_text(statement.text, place(number, statement.line))
        for name, value in self.values.items():
            _check_text(value, f"--param {name}")
        parameters.check((one.text for one in self.statements), self.values)
        if self.is_one:
            for number, statement in enumerate(self.statements, 1):
                _check_inside(number, statement)

    @property
    def has_cursors(self) -> bool:
        """Whether it declares cursors itself; Redshift has one at a time."""
        return any(one.text[:7].lower() == "declare" for one in self.statements)


@dataclass(frozen=True)
class Result:
    """What one statement gave. Where it has ``names``, its ``rows`` must be taken before the next statement.

    ``changed`` is the number of rows that were inserted, updated or deleted; -1 where nobody knows.
    """

    number: int
    statement: Statement
    names: Sequence[str]
    rows: Iterator[Row]
    changed: int
    notices: Sequence[str]


def run(connection: Connection, script: Script) -> Iterator[Result]:
    """Run the statements as their results are taken; each is committed unless the SQL says otherwise.

    Raises RedshiftError that names the statement and its line; what comes after it is not run.
    """
    if script.is_one:
        connection.execute("BEGIN")
    for number, statement in enumerate(script.statements, 1):
        yield _run(connection, script, number, statement)
    if script.is_one:
        connection.execute("COMMIT")


def place(number: int, line: int) -> str:
    """How messages name a statement."""
    return f"statement {number}, line {line}"


def _run(connection: Connection, script: Script, number: int, statement: Statement) -> Result:
    bound = parameters.bind(statement.text, script.values)
    if kinds.is_query(statement.text) and not script.has_cursors:
        rows = _fetched(connection, number, statement, bound)
        names = next(rows)
        return Result(number, statement, names, rows, -1, connection.notices())
    with _named(number, statement, bound.sql):
        answer = connection.execute(bound.sql, bound.values, bound.style)
    changed = -1 if answer.names else answer.changed
    return Result(number, statement, answer.names, iter(answer.rows), changed, connection.notices())


def _fetched(connection: Connection, number: int, statement: Statement, bound: Bound) -> "Iterator[Row]":
    """The names of the columns, then the rows, of which a part only is in memory."""
    name = f"ess_{number}"  # the driver keeps what FETCH of one name answers
    declaring = f"DECLARE {name} CURSOR FOR {bound.sql}"
    with _named(number, statement, declaring):
        is_own = not connection.in_transaction
        if is_own:
            connection.execute("BEGIN")
        connection.execute(declaring, bound.values, bound.style)
        fetch = f"FETCH FORWARD {ROWS_AT_ONCE} FROM {name}"
        answer = connection.execute(fetch)
        yield answer.names
        while answer.rows:
            yield from answer.rows
            answer = connection.execute(fetch)
        connection.execute(f"CLOSE {name}")
        if is_own:
            connection.execute("COMMIT")


@contextmanager
def _named(number: int, statement: Statement, sent: str) -> Iterator[None]:
    """Name the statement in what fails, and the line in it where Redshift says the position."""
    try:
        yield
    except RedshiftError as error:
        position = error.fields.get("P", "")
        before = sent[: int(position) - 1] if position.isdigit() else ""
        where = place(number, statement.line + before.count("\n"))
        raise RedshiftError(error.problem, f"{where}: {error.message}", error.hint, error.fields) from error


def _check_text(text: str, where: str) -> None:
    """Raise UsageError for what is no text to Redshift."""
    if "\0" in text:
        raise UsageError(f"{where}: there is a NUL in it, which Redshift does not take")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{where}: it is not UTF-8") from error


def _check_inside(number: int, statement: Statement) -> None:
    """Raise UsageError where the statement cannot be a part of one transaction."""
    text = statement.text
    if kinds.control(text) or kinds.commits(text) or kinds.stands_alone(text):
        word = " ".join(text.split(None, 2)[:1]).upper()
        raise UsageError(
            f"{place(number, statement.line)}: {word} cannot be part of a single transaction",
            "leave --single-transaction out, or this statement",
        )
