"""How large the cache may be, as the conf says it."""

import pytest

from ess_core.conf import Conf
from ess_core.tables.cache import limit


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("20GB", 20 * 10**9),
        ("20 gb", 20 * 10**9),
        ("1.5TiB", 3 << 39),
        ("512KiB", 1 << 19),
        ("500MB", 5 * 10**8),
        ("0B", 0),
    ],
)
def test_sizes_are_read(text, size):
    assert limit.parse(text) == size


@pytest.mark.parametrize("text", ["", "20", "20G", "-1GB", "many", "1e3GB", "20GB!", "٣GB"])
def test_what_is_no_size_is_said(text):
    said = []
    limit.check("cache_size", text, lambda field, why: said.append((field, why)))
    assert said == [("cache_size", f"is not {limit.EXPECTED}")]


def test_without_the_section_it_is_the_default():
    assert limit.limit_bytes(Conf()) == 20 * 10**9
    assert limit.limit_bytes(Conf(sections={"Data": {"cache_size": "1MB"}})) == 10**6
