"""The parts of Redshift's SQL as regular expressions, for ``re.DOTALL``.

They are those of PostgreSQL 8.0, which Redshift comes from: a backslash is an escape in any string, with E in
front or without; comments nest; everything that is not ASCII is a letter.
Source: https://www.postgresql.org/docs/8.0/sql-syntax.html
"""

BLANKS = " \t\n\r\f\v"
LETTERS = r"A-Za-z_\x80-\U0010ffff"
LINE_COMMENT = r"--[^\r\n]*+"
STRING = r"'(?:[^'\\]++|\\.|'')*+'"
QUOTED = r'"(?:[^"]++|"")*+"'
DOLLAR = rf"\$(?:[{LETTERS}][0-9{LETTERS}]*+)?\$"
NUMBER = r"[0-9]++(?:\.[0-9]*+)?(?:[eE][+-]?[0-9]++)?"
WORD = rf"[{LETTERS}][0-9${LETTERS}]*+"
