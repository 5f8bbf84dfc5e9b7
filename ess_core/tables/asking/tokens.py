"""SQL in tokens as DuckDB has them."""

from ess_core.tables.sqltokens import Grammar

_LETTER = r"(?:[^\W\d]|[^\x00-\x7f\s])"

tokens = Grammar(
    blank=r"\s+|--[^\r\n]*",
    dollar=rf"\$(?:{_LETTER}(?:[\w]|[^\x00-\x7f\s])*)?\$",
    string=r"[eE]'(?:[^'\\]|\\.|'')*(?:'|\\?\Z)|'(?:[^']|'')*(?:'|\Z)",
    quoted=r'"(?:[^"]|"")*(?:"|\Z)',
    word=rf"{_LETTER}(?:[\w$]|[^\x00-\x7f\s])*",
    number=r"[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?",
).tokens
"""The tokens of any text; a text or a name that never ends reaches to the end of it."""
