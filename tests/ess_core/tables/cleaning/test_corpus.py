"""A corpus of dirty files in dialects that are found and not given: every cell of each row that is right."""

import pytest

from tests.ess_core.tables.cleaning_setup import cleaned
from tests.ess_core.tables.corpus import DAMAGES, SPEC, made


def test_there_are_many_kinds_of_damage():
    assert len(DAMAGES) > 90


@pytest.mark.parametrize("seed", [*range(60), 75, 84, 100, 212])
def test_a_dirty_table_gives_its_rows_and_what_is_wrong_with_the_others(tmp_path, seed):
    table = made(seed)
    found = cleaned(tmp_path, table.data, SPEC)
    assert found.rows == table.rows, table.what
    assert [(line, column) for line, column, *_ in found.rejects] == table.rejects, table.what
    assert all(part.damage == "" for part in found.parts)
