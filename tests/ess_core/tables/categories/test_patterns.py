"""Patterns as they are typed."""

import pytest

from ess_core.errors import UsageError
from ess_core.tables.categories.patterns import typed


@pytest.mark.parametrize(
    ("url", "words", "patterns"),
    [
        ("file:///data", ["a*", "a*", "b"], ("a*", "b")),
        ("file:///data", ["a* b/**", "'c d' \"e'\""], ("a*", "b/**", "c d", "e'")),
        ("file:///data", ["/data/x/*.gz", "y"], ("x/*.gz", "y")),
        ("file:///data", ["/data/*"], ("*",)),
        ("file:///", ["/x/*"], ("x/*",)),
        ("file:///da*a", ["/da*a/x"], ("x",)),
        ("file:///data", ["file:///x"], None),
        ("file:///data", ["/other/x"], None),
        ("file:///data", ["/data2/x"], None),
        ("file:///data", ["/data/"], None),
        ("file:///data", ["'x"], None),
        ("s3://b/in", ["s3://b/in/x*"], ("x*",)),
        ("s3://b/in", ["/x"], ("/x",)),
        ("s3://b/in", ["s3://b/inner/x"], None),
        ("s3://b/in", ["s3://b/in"], None),
    ],
)
def test_patterns_are_about_the_keys_of_the_datastore(url, words, patterns):
    if patterns is None:
        with pytest.raises(UsageError):
            typed(words, url)
    else:
        assert typed(words, url) == patterns


def test_a_pattern_outside_says_what_to_select():
    for url, word, how in (
        ("file:///data", "/other/in/*.gz", "`ess select local /other/in` selects its place"),
        ("file:///data", "/x", "`ess select local /` selects its place"),
        ("s3://b", "s3://c/x*", "`ess select s3://c` selects its place"),
    ):
        with pytest.raises(UsageError, match="is outside the datastore") as raised:
            typed([word], url)
        assert raised.value.hint == how
