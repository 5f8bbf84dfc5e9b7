"""The access key in the CSV file that the AWS console gives, in all the forms it has had."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ess_core.conf import access_key
from ess_core.conf.mask import may_be_secret, quoted
from ess_core.conf.text import expanded, is_file, read_text, shown, split_lines
from ess_core.errors import ConfigError

_COLUMNS = {
    "accesskeyid": "id",
    "accesskey": "id",
    "secretaccesskey": "secret",
    "secretkey": "secret",
    "username": "user",
    "user": "user",
}
_DELIMITERS = ",;\t"
_HINT = "download the CSV from the IAM console once more, or create a new access key there"


@dataclass(frozen=True)
class Credentials:
    """An access key, and the file it came from."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    source: str = ""
    user: str | None = field(default=None, repr=False)  # where columns are shifted, this is the secret


@dataclass(frozen=True)
class _Row:
    line: int
    cells: dict[str, str] = field(repr=False)

    @property
    def user(self) -> str | None:
        return self.cells.get("user") or None


def read_credentials(folder: Path, name: str, where: str) -> Credentials:
    """The access key in file ``name`` of ``folder``: '.csv' is optional, ``#user`` selects one of several.

    Raises ConfigError that repeats no part of the file; it begins with ``where``, which named the file.
    """
    path, user = locate(folder, name, where)
    row = _choose(_rows(read_text(path), shown(path)), user, shown(path))
    identifier, secret = row.cells.get("id", ""), row.cells.get("secret", "")
    access_key.check(identifier, secret, f"{shown(path)}:{row.line}")
    return Credentials(identifier, secret, path.name, row.user)


def locate(folder: Path, name: str, where: str) -> tuple[Path, str | None]:
    """The CSV file and the user that ``name`` stands for. Raises ConfigError where there is no such file."""
    base, mark, user = name.rpartition("#")
    for file, chosen in ((name, None), (f"{name}.csv", None), (base, user), (f"{base}.csv", user)):
        path = folder / expanded(file)
        if file and is_file(path):
            return path, chosen
    wanted = base if mark else name
    inside = "" if expanded(wanted).is_absolute() else f" in {folder}"
    raise ConfigError(
        f"{where}: there is no file {quoted(wanted)}, with or without '.csv'{inside}",
        "put the CSV from the IAM console there; without aws_credential, AWS's own profiles are used",
    )


def _rows(text: str, source: str) -> list[_Row]:
    for delimiter in _DELIMITERS:
        (_line, header), *records = _records(text, delimiter, source) or [(0, [])]
        columns = [_COLUMNS.get(_plain(title), "") for title in header]
        if columns.count("id") == columns.count("secret") == 1:
            return [_Row(line, dict(zip(columns, cells, strict=False))) for line, cells in records]
    raise ConfigError(f"{source}: {_no_columns(text)}", _HINT)


def _records(text: str, delimiter: str, source: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(split_lines(text), delimiter=delimiter)
    try:
        stripped = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error:
        raise ConfigError(f"{source}:{reader.line_num}: is not a line of CSV", _HINT) from None
    return [record for record in stripped if any(record[1])]


def _plain(title: str) -> str:
    return "".join(filter(str.isalnum, title.lower())).removeprefix("aws")


def _no_columns(text: str) -> str:
    first = next((line for line in split_lines(text) if line.strip(f'{_DELIMITERS}" \r\n')), "")
    if not first:
        return "is empty"
    single = not any(delimiter in first for delimiter in _DELIMITERS)
    only = " (it has one column)" if single else ""
    return f"the first line does not name the columns 'Access key ID' and 'Secret access key'{only}"


def _choose(rows: list[_Row], user: str | None, source: str) -> _Row:
    found = [row for row in rows if user is None or row.user == user]
    if len(found) == 1:
        return found[0]
    whose = "" if user is None else f" of user {quoted(user)}"
    count = f"{len(found)} access keys" if found else "no access key"
    raise ConfigError(f"{source}: has {count}{whose}", _choice(rows, user))


def _choice(rows: list[_Row], user: str | None) -> str:
    users = list(dict.fromkeys(_presentable(rows)))
    if len(users) > 1 or (users and user not in users):
        return f"choose a user with aws_credential: file.csv#user; there are: {', '.join(users)}"
    return "leave one line under the header" if rows else _HINT


def _presentable(rows: list[_Row]) -> Iterator[str]:
    """User names, but not what a shifted column may have put in their place."""
    for row in rows:
        if row.user and row.cells.get("secret") and row.user.isprintable() and not may_be_secret(row.user):
            yield row.user
