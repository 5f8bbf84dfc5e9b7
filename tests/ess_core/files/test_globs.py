"""Patterns for keys: what they match, what they push down to the store, and that no key makes them slow."""

import functools
import io
import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_core.files.globs import Glob, Selection, select, split_patterns
from ess_core.files.local import Local

pieces = st.sampled_from(
    ["*", "**", "**/", "/**", "?", "[ab]", "[!a]", "[^/]", "[a-c]", "[]-]", "/", "a", "b", ".", "\n", "\\"]
)
patterns = st.lists(pieces, max_size=8).map("".join)
keys = st.text(st.sampled_from("ab/.]-\n\\"), max_size=10)


class Keys:
    """A datastore of keys alone."""

    def __init__(self, keys):
        self.keys = sorted(keys)

    def facts(self, prefix=""):
        return ((key, 0, 0, "", "") for key in self.keys if key.startswith(prefix))


@functools.cache
def obvious(pattern: str, key: str, inside: str = "/") -> bool:
    """The rules, tried one by one in every way there is; ``inside`` is the character before the pattern."""
    if not pattern:
        return not key
    if stars := re.match(r"\*\*+", pattern):
        return many(pattern[stars.end() :], key, inside)
    if pattern[0] == "*":
        width = len(key.split("/")[0])
        return any(obvious(pattern[1:], key[skip:], "*") for skip in range(width + 1))
    return bool(key) and single(pattern, key)


def many(rest: str, key: str, inside: str) -> bool:
    if rest[:1] == "/" == inside:
        ends = [0, *(here + 1 for here, letter in enumerate(key) if letter == "/")]
        return any(obvious(rest[1:], key[end:]) for end in ends)
    return any(obvious(rest, key[skip:], "*") for skip in range(len(key) + 1))


def single(pattern: str, key: str) -> bool:
    if pattern[0] == "?":
        return key[0] != "/" and obvious(pattern[1:], key[1:], "?")
    if pattern[0] == "[":
        end = pattern.index("]", 3 if pattern[1] in "!^" else 2)
        return key[0] != "/" and member(pattern[1:end], key[0]) and obvious(pattern[end + 1 :], key[1:], "]")
    return key[0] == pattern[0] and obvious(pattern[1:], key[1:], pattern[0])


def member(inside: str, letter: str) -> bool:
    negated, inside = inside[0] in "!^", inside.lstrip("!^")
    found = "a" <= letter <= "c" if inside == "a-c" else letter in inside
    return found != negated


@settings(max_examples=500)
@given(patterns, keys)
@example("**/a*b/**/b", "a/ab/b")
@example("a**/**b", "a/b")
def test_a_pattern_matches_what_the_rules_say(pattern, key):
    glob = Glob(pattern)
    assert glob.matches(key) == obvious(pattern, key)
    assert not glob.matches(key) or key.startswith(glob.prefix)


@given(st.lists(patterns, max_size=4), st.lists(patterns, max_size=3), keys)
def test_a_selection_is_any_pattern_and_no_excluded_one(wanted, unwanted, key):
    chosen = not wanted or any(obvious(pattern, key) for pattern in wanted)
    selection = select(wanted, unwanted)
    assert selection.matches(key) == (chosen and not any(obvious(pattern, key) for pattern in unwanted))
    if chosen:
        assert sum(key.startswith(prefix) for prefix in selection.prefixes) == 1


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("logs/*.gz", ["logs/a.gz", "logs/.gz"], ["logs/a/b.gz", "logs/a.gz2", "xlogs/a.gz"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b", "a//b"], ["a/xb", "ab", "a/b/c"]),
        ("a/**", ["a/", "a/b", "a/b/c"], ["a", "ab"]),
        ("**/b", ["b", "a/b", "/b"], ["ab"]),
        ("a**b", ["ab", "a/b", "axxb"], ["a/c"]),
        ("**", ["", "a", "a/b\n"], []),
        ("a?c", ["abc", "a\nc", "a😀c"], ["a/c", "ac"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "-x"]),
        ("[!a]x", ["bx", "!x"], ["ax", "/x"]),
        ("[^a]x", ["bx"], ["ax", "/x"]),
        ("[]a]", ["]", "a"], ["[]a]"]),
        ("[!]a]", ["b"], ["]", "a"]),
        ("[a-]", ["a", "-"], ["b"]),
        ("[+--]", ["+", ",", "-"], ["."]),
        ("[&&~~||]", ["&", "~", "|"], ["a"]),
        ("[\\d]", ["\\", "d"], ["1"]),
        ("[*]", ["*"], ["a"]),
        ("[[]", ["["], ["[[]"]),
        ("[:]", [":"], ["a"]),
        ("a\\*", ["a\\", "a\\b"], ["a*"]),
        ("plain.gz", ["plain.gz"], ["plainXgz", "plain.gz\n", "plain.gz/"]),
    ],
)
def test_by_example(pattern, yes, no):
    glob = Glob(pattern)
    assert [key for key in (*yes, *no) if glob.matches(key)] == yes


def test_a_literal_pattern_is_the_key_itself():
    glob = Glob("a*[b]?", literal=True)
    assert glob.prefix == "a*[b]?"
    assert glob.matches("a*[b]?")
    assert not glob.matches("axb?")


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [
        ("logs/2014-0[1-3]/**/part-*.gz", "logs/2014-0"),
        ("*.gz", ""),
        ("a?b", "a"),
        ("a/**", "a/"),
        ("plain", "plain"),
        ("a\\*", "a\\"),
    ],
)
def test_the_text_before_the_first_special_character_is_pushed_down(pattern, prefix):
    assert Glob(pattern).prefix == prefix


def test_prefixes_are_the_fewest_and_in_order():
    assert select(["b/*", "a/1*", "a/*", "a/*.gz", "b"]).prefixes == ("a/", "b")
    assert select(["a-*", "a/*", "é*", "z*"]).prefixes == ("a-", "a/", "z", "é")
    assert select(["a/*", "*"]).prefixes == ("",)
    assert Selection().prefixes == ("",)


def test_the_selected_files_come_once_and_in_order(tmp_path):
    store = Local(f"file://{tmp_path}")
    for key in ("a/1.gz", "a/2.txt", "a/b/3.gz", "b.gz", "c/4.gz"):
        store.put(key, io.BytesIO())
    selection = select(["c/*", "a/**", "a/*.gz"], ["**/3*"])
    assert [file.key for file in selection.files(store)] == ["a/1.gz", "a/2.txt", "c/4.gz"]


@pytest.mark.parametrize("pattern", ["a[", "a[b", "a[]", "a[!]", "[^]", "x/[!a"])
def test_a_bracket_that_is_not_closed_is_said(pattern):
    with pytest.raises(UsageError, match=re.escape(f"{pattern!r} has a [ without its ]")):
        Glob(pattern)


def test_a_range_that_runs_backwards_is_said():
    with pytest.raises(UsageError, match="range 9-0"):
        Glob("[9-0]")


@pytest.mark.parametrize("pattern", ["[:%Y:]", "[[:digit:]]", "[:digit:]"])
def test_a_class_is_no_set_of_letters(pattern):
    with pytest.raises(UsageError, match="which only formats of dates have"):
        Glob(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "a*a*a*a*a*a*a*a*b",
        "**a**a**a**a**a**b",
        "*" * 40 + "b",
        "a*" * 40 + "b",
        "**/a*" * 10 + "/b",
        "**a*a*a**a*a*b**a*b",
        "[a]*[a]*[a]*?*?*[b]",
    ],
)
@pytest.mark.parametrize("key", ["a" * 4096, "a/" * 2048, "aa/" * 1300])
def test_no_key_makes_a_pattern_slow(pattern, key):
    started = time.process_time()
    assert not Glob(pattern).matches(key)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("  a*  b\t\nc ", ("a*", "b", "c")),
        ("'a b' c", ("a b", "c")),
        ('x/"a  b"/*', ("x/a  b/*",)),
        ("\"it's\" a'\"'b", ("it's", 'a"b')),
        ("a\u00a0b \\ c", ("a\u00a0b", "\\", "c")),
    ],
)
def test_blanks_separate_patterns_and_quotes_keep_them(text, found):
    assert split_patterns(text) == found


@pytest.mark.parametrize("text", ["'a", 'a "b c', "it's"])
def test_a_quote_that_is_not_closed_is_said(text):
    with pytest.raises(UsageError, match="a quote is not closed"):
        split_patterns(text)


@given(st.lists(st.text(min_size=1).filter(lambda text: '"' not in text), max_size=4))
def test_quoted_patterns_come_back_as_they_were(wanted):
    assert split_patterns(" ".join(f'"{pattern}"' for pattern in wanted)) == tuple(wanted)


@given(st.lists(patterns, max_size=3), st.lists(patterns, max_size=1), st.sets(keys))
@example(["a/**"], [], {"a/b", "a", "b"})
@example(["a/**", "**"], [], {"a/b", "b"})
@example(["a/**"], ["a/b"], {"a/b", "a/c"})
@example(["a/***"], [], {"a/b", "b"})
def test_what_is_listed_is_what_matches(wanted, unwanted, there):
    selection = select(wanted, unwanted)
    found = [fact[0] for fact in selection.facts(Keys(there))]
    assert found == [key for key in sorted(there) if selection.matches(key)]


def test_stars_at_the_end_take_all_below_a_prefix():
    assert Glob("a/**").takes_all
    assert Glob("**").takes_all
    assert not Glob("a/**", literal=True).takes_all
    assert not any(Glob(text).takes_all for text in ("a", "", "a/*", "a/**/", "a/**b", "*/**"))
