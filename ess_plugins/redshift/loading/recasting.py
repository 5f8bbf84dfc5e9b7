"""Rows as they were cleaned into rows of the table, in one query, with the first column that does not fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ess_core.tables.parquet import reader
from ess_core.tables.sqltext import identifier, literal
from ess_plugins.redshift.copying.options import Shaping
from ess_plugins.redshift.loading import moments, numbers, texts
from ess_plugins.redshift.loading.fitting import FILE_NUMBER, Fit, Pair
from ess_plugins.redshift.loading.recast import Recast, reason

_TRUE, _FALSE = ("t", "true", "y", "yes", "1"), ("f", "false", "n", "no", "0")
"""Source: https://docs.aws.amazon.com/redshift/latest/dg/r_Boolean_type.html"""


@dataclass(frozen=True)
class Recasting:
    """The SQL for rows of one fit; ``required`` columns are not NULL whatever the table says of them.

    ``null_marker`` is what NULL is in CSV; without one, the rows are for Parquet.
    """

    fit: Fit
    shaping: Shaping
    null_marker: str = ""
    required: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        made = tuple(self._column(pair, at) for at, pair in enumerate(self.fit.pairs))
        object.__setattr__(self, "_recasts", made)

    _recasts: tuple[Recast, ...] = ()

    def kept(self, paths: Sequence[str], number: int) -> str:
        """The rows that fit, as they are staged, of the file of that number."""
        values = [
            f"{self._written(pair, at)} as {identifier(pair.target.name)}"
            for at, pair in enumerate(self.fit.pairs)
        ]
        if self.fit.numbered:
            values.append(f"{number}::INTEGER as {FILE_NUMBER}")
        return f"select {', '.join(values)} from {self._judged(paths)} where wrong is null"

    def keys(self, paths: Sequence[str], names: Sequence[str], line: str = "") -> str:
        """``k0``, ``k1``, …: the values of those columns of the table, in rows that fit and have them all.

        ``line`` is the column with their lines, which come last, where it is not empty.
        """
        values = [f"v{self.fit.names.index(name)}" for name in names]
        chosen = ", ".join(
            [*(f"{value} as k{at}" for at, value in enumerate(values)), *["line"] * bool(line)]
        )
        there = " and ".join(f"{value} is not null" for value in values)
        return f"select {chosen} from {self._judged(paths, line)} where wrong is null and {there}"

    def rejects(self, paths: Sequence[str], line: str, source: str, member: str, raw_characters: int) -> str:
        """The rows that do not, as REJECT_COLUMNS has them; ``line`` is the column with their lines."""
        names = ", ".join(literal(pair.column.name) for pair in self.fit.pairs)
        whys = " ".join(f"when {at} then {one.reason}" for at, one in enumerate(self._recasts))
        raws = " ".join(f"when {at} then c{at}::VARCHAR" for at in range(len(self.fit.pairs)))
        return (
            f"select {literal(source)} as source, {literal(member)} as member, line, "
            f'[{names}][wrong + 1] as "column", case wrong {whys} end as reason, '
            f"left(coalesce(case wrong {raws} end, ''), {raw_characters}) as raw "
            f"from {self._judged(paths, line)} where wrong is not null"
        )

    def counts(self, paths: Sequence[str]) -> tuple[tuple[str, ...], str]:
        """Options of COPY, and a query of how many values of rows that fit each has changed."""
        found: dict[str, list[str]] = {}
        for one in self._recasts:
            for option, condition in one.counted.items():
                found.setdefault(option, []).append(f"count(*) filter (where {condition})")
        sums = ", ".join(" + ".join(conditions) for conditions in found.values())
        return tuple(found), f"select {sums} from {self._judged(paths)} where wrong is null"

    def _judged(self, paths: Sequence[str], line: str = "") -> str:
        """All rows with ``wrong``, the number of the first column that does not fit, else null."""
        pairs = self.fit.pairs
        given = [f"{identifier(pair.column.name)} as c{at}" for at, pair in enumerate(pairs)]
        given += [f"{identifier(line)} as line"] if line else []
        query = f"(select {', '.join(given)} from {reader(*paths)})"
        for letter, each in self._layers():
            query = f"(select *, {', '.join(f'{one} as {letter}{at}' for at, one in each)} from {query})"
        cases = [
            f"when {one.wrong} then {at}" for at, one in enumerate(self._recasts) if one.wrong != "false"
        ]
        wrong = f"case {' '.join(cases)} end" if cases else "null"
        return f"(select *, {wrong} as wrong from {query})"

    def _layers(self) -> Iterator[tuple[str, list[tuple[int, str]]]]:
        yield "t", [(at, one.text) for at, one in enumerate(self._recasts)]
        yield "s", [(at, one.shaped) for at, one in enumerate(self._recasts)]
        yield "v", [(at, one.value) for at, one in enumerate(self._recasts)]

    def _column(self, pair: Pair, at: int) -> Recast:
        text, shaped, counted = texts.shaped(pair, at, self.shaping)
        made = self._typed(pair, at)
        wrong, why = made.wrong, reason(f"c{at}::VARCHAR", f"({made.reason})")
        if pair.target.not_null or pair.target.name in self.required:
            what = "NOT NULL" if pair.target.not_null else "of the key"
            why = f"case when coalesce({wrong}, false) then {why} else 'NULL in a column that is {what}' end"
            wrong = f"({wrong} or v{at} is null)"
        return replace(
            made, wrong=wrong, reason=why, text=text, shaped=shaped, counted={**counted, **made.counted}
        )

    def _typed(self, pair: Pair, at: int) -> Recast:
        kind = pair.target.type
        if pair.target.is_text:
            return texts.text(pair, at, self.shaping, self.null_marker)
        if kind in numbers.WHOLE:
            return numbers.whole(pair, at)
        if kind in numbers.FLOATS:
            return numbers.floating(pair, at)
        if kind == "numeric":
            return numbers.decimal(pair, at, rounds=self.shaping.roundec)
        return moments.moment(pair, at, self.shaping) if kind in moments.MOMENTS else _boolean(at)

    def _written(self, pair: Pair, at: int) -> str:
        """The value as the staged file has it; DuckDB writes some in CSV as COPY does not read them."""
        value = f"v{at}"
        if self.null_marker and pair.target.type in numbers.FLOATS:
            infinite = f"when isinf({value}) then case when {value} > 0 then 'Infinity' else '-Infinity' end"
            return f"case when isnan({value}) then 'NaN' {infinite} else {value}::VARCHAR end"
        if self.null_marker and pair.target.type == moments.WITH_ZONE:
            return f"({value}::VARCHAR || '+00')"
        return value


def _boolean(at: int) -> Recast:
    text, value = f"lower(s{at}::VARCHAR)", f"v{at}"
    cases = [
        f"when {text} in ({', '.join(map(literal, words))}) then {word}"
        for words, word in ((_TRUE, "true"), (_FALSE, "false"))
    ]
    return Recast(f"case {' '.join(cases)} end", f"({text} <> '' and {value} is null)", "'not true or false'")
