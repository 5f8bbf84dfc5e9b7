"""SQL in tokens as Redshift has them."""

from ess_core.tables.sqltokens import Grammar
from ess_plugins.redshift.sql import lexical

tokens = Grammar(
    blank=f"[{lexical.BLANKS}]++|{lexical.LINE_COMMENT}",
    dollar=lexical.DOLLAR,
    string=lexical.STRING,
    quoted=lexical.QUOTED,
    word=lexical.WORD,
    number=lexical.NUMBER,
).tokens
"""The tokens of a statement; a quote that is never closed is a symbol."""
