"""A shell command for a file: what it is told of the file, in its environment and in its text."""

import re
from dataclasses import dataclass

from ess_core.errors import EssError

_WORD = re.compile(r"%(cols|file|path|date)(?![A-Za-z0-9_])")
_COLUMNS = re.compile(r"[A-Za-z0-9_:, ]*")
_NAME = re.compile(r"(?!-)[A-Za-z0-9_./=:@+,-]*")
"""What a shell takes for one word, and a command for no option."""


@dataclass(frozen=True, slots=True)
class About:
    """What a command may want to know of a file; all may be empty.

    ``file`` is its key, ``path`` its whole address, ``date`` that in its name, ``columns`` its columnspec.
    """

    file: str = ""
    path: str = ""
    date: str = ""
    columns: str = ""

    def environment(self) -> dict[str, str]:
        """The variables that hold it."""
        return {f"ESS_{_VARIABLES[word]}": value for word, value in self._words().items()}

    def put_into(self, command: str) -> str:
        """``command`` with ``%file``, ``%path``, ``%date`` and ``%cols`` replaced.

        Raises EssError where a value has characters that a shell or a command could take for something else.
        """
        return _WORD.sub(lambda found: self._plain(found[1]), command)

    def _words(self) -> dict[str, str]:
        return {"file": self.file, "path": self.path, "date": self.date, "cols": self.columns}

    def _plain(self, word: str) -> str:
        value = self._words()[word]
        if not (_COLUMNS if word == "cols" else _NAME).fullmatch(value):
            raise EssError(
                f"%{word} cannot be put into the command: {value!r} has characters that are not plain",
                f'write "$ESS_{_VARIABLES[word]}" in its place',
            )
        return value


NOTHING = About()
"""For bytes that are no file's."""

_VARIABLES = {"file": "FILE", "path": "PATH", "date": "DATE", "cols": "COLS"}
