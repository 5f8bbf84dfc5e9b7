"""Text in columns of text, and what options of COPY make of text before it goes anywhere.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html
"""

from ess_core.tables.sqltext import BLANKS, literal, trimmed
from ess_plugins.redshift.copying.options import Shaping
from ess_plugins.redshift.loading.fitting import Pair
from ess_plugins.redshift.loading.recast import Recast, matches
from ess_plugins.redshift.loading.target import CHAR, VARCHAR

_REFUSED = r"[\x{FDD0}-\x{FDEF}\x{FFFE}\x{FFFF}]"
"""Not characters: https://docs.aws.amazon.com/redshift/latest/dg/multi-byte-character-load-errors.html"""

_REFUSED_BYTES = 3
_LONGEST_CHARACTER = 4
_NUMBER = r"[+-]?(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)(?:[eE][+-]?[0-9]+)?"


def shaped(pair: Pair, at: int, shaping: Shaping) -> tuple[str, str, dict[str, str]]:
    """SQL for the ``t`` and ``s`` of a column, and where each option changes something."""
    is_given_text = pair.column.type.duckdb == "VARCHAR"
    counted: dict[str, str] = {}
    text = given = f"c{at}"
    if is_given_text and pair.target.is_text:
        if shaping.acceptinvchars:
            counted["ACCEPTINVCHARS"] = has_refused(given)
            marks = shaping.acceptinvchars.replace("\\", "\\\\") * _REFUSED_BYTES
            replaced = f"regexp_replace({text}, {literal(_REFUSED)}, {literal(marks)}, 'g')"
            text = f"case when {has_refused(given)} then {replaced} else {text} end"
        if shaping.trimblanks and pair.target.type == VARCHAR:
            trims = f"rtrim({given}, {BLANKS})"
            counted["TRIMBLANKS"] = f"strlen({trims}) <> strlen({given})"
            text = f"rtrim({text}, {BLANKS})"
    nulls = _nulls(pair, f"t{at}", shaping, is_given_text)
    earlier = ""
    for option, condition in nulls.items():
        counted[option] = f"({condition}){earlier}"
        earlier += f" and not ({condition})"
    any_null = " or ".join(f"({condition})" for condition in nulls.values())
    left = f"t{at}" if pair.target.is_text or not is_given_text else trimmed(f"t{at}")
    return text, f"case when {any_null} then null else {left} end" if nulls else left, counted


def _nulls(pair: Pair, text: str, shaping: Shaping, is_given_text: bool) -> dict[str, str]:
    """When a value stands for NULL, by the option that says so."""
    found: dict[str, str] = {}
    if shaping.null_as is not None:
        if is_given_text:
            found["NULL AS"] = f"{text} = {literal(shaping.null_as)}"
        else:
            number = f"try_cast({literal(shaping.null_as)} as DOUBLE)"
            is_number = matches(literal(shaping.null_as), _NUMBER)
            found["NULL AS"] = f"{is_number} and {text}::DOUBLE = {number}"
    if pair.target.is_text and is_given_text:
        if shaping.emptyasnull:
            found["EMPTYASNULL"] = f"{text} = ''"
        if shaping.blanksasnull:
            found["BLANKSASNULL"] = f"{text} <> '' and {trimmed(text)} = ''"
    return found


def text(pair: Pair, at: int, shaping: Shaping, null_marker: str) -> Recast:
    """VARCHAR and CHAR; what is longer than the column is cut only where TRUNCATECOLUMNS is given.

    ``null_marker`` is what no text may be, where it is not empty.
    """
    most, given, value = pair.target.longest_bytes or 0, f"s{at}::VARCHAR", f"v{at}"
    problems = {
        f"strlen({value}) > {most}": f"'longer than {most} bytes'",
        f"contains({value}, chr(0))": "'no text to Redshift, as there is a NUL in it'",
        has_refused(value): "'no text to Redshift, as there is a code in it that is no character'",
    }
    if pair.target.type == CHAR:
        problems[f"strlen({value}) <> length({value})"] = "'not ASCII, and CHAR takes nothing else'"
    if null_marker:
        problems[f"{value} = {literal(null_marker)}"] = "'what stands for NULL in files of CSV'"
    wrong = " or ".join(f"({condition})" for condition in problems)
    why = " ".join(f"when {condition} then {why}" for condition, why in problems.items())
    if not shaping.truncatecolumns:
        return Recast(given, f"({wrong})", f"case {why} end")
    cut = f"case when strlen({given}) > {most} then {_cut(given, most)} else {given} end"
    return Recast(
        cut, f"({wrong})", f"case {why} end", counted={"TRUNCATECOLUMNS": f"strlen({given}) > {most}"}
    )


def has_refused(text: str) -> str:
    """SQL that is true where Redshift takes no such text for UTF-8."""
    return f"(strlen({text}) <> length({text}) and regexp_matches({text}, {literal(_REFUSED)}))"


def _cut(text: str, most: int) -> str:
    """The whole characters within that many bytes."""
    lengths = range(most, max(most - _LONGEST_CHARACTER, -1), -1)
    return f"coalesce({', '.join(f'try(decode(encode({text})[1:{length}]))' for length in lengths)})"
