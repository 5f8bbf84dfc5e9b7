"""The text of instance.conf: what it means, and where it is wrong."""

import pytest

from ess_core.conf.parse import parse
from ess_core.errors import ConfigError


def _values(text):
    return {key: (value.text, value.line) for key, value in parse(text, "a.conf")["S"].values.items()}


def _refused(text):
    with pytest.raises(ConfigError) as caught:
        parse(text, "a.conf")
    return caught.value.message


def test_colon_and_equals_sign_separate_and_the_first_one_counts():
    text = "[S]\na: 1\nb=2\nc : x=y\nd = http://h:80/\nE:5\n"
    assert {key: value for key, (value, _line) in _values(text).items()} == {
        "a": "1",
        "b": "2",
        "c": "x=y",
        "d": "http://h:80/",
        "e": "5",
    }


def test_a_percent_sign_means_itself():
    assert _values("[S]\na: %(b)s 100%\n") == {"a": ("%(b)s 100%", 2)}


def test_a_hash_starts_a_comment_only_behind_a_blank():
    text = "[S]  # title\n# a: 0\n; b: 0\na: x#y # z\nb: x\t# y\n"
    assert _values(text) == {"a": ("x#y", 4), "b": ("x", 5)}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_an_editor_counts_them(end):
    lines = [
        "# head",
        "",
        "[S]",
        "# about a",
        "a: 1",
        "",
        "",
        "b: 2 # why",
        "c:",
        "  1",
        "  # two",
        "",
        "  2",
        "d: \x0c4",
    ]
    assert _values(end.join(lines)) == {"a": ("1", 5), "b": ("2", 8), "c": ("\n1\n\n2", 9), "d": ("4", 14)}


def test_every_line_of_a_continued_value_is_known():
    section = parse("[S]\nc: a,\n\n  # why\n  b,\n  c\n", "a.conf")["S"]
    assert section.values["c"].lines == (2, 3, 5, 6)


def test_a_section_called_default_does_not_leak_into_others():
    found = parse("[DEFAULT]\na: 1\n[S]\nb: 2\n", "a.conf")
    assert [*found["S"].values] == ["b"]
    assert found["DEFAULT"].line == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n", "a.conf:1: a section such as [EC2] must come before the first key"),
        ("[S]\na\n", "a.conf:2: is neither '[section]' nor 'key: value'"),
        ("[S]\na: 1\n: 2\n", "a.conf:3: is neither '[section]' nor 'key: value'"),
        ("[S\na: 1\n", "a.conf:1: a section such as [EC2] must come before the first key"),
        ("[]\na: 1\n", "a.conf:1: a section such as [EC2] must come before the first key"),
        ("[S]\na: 1\nb: 2\nA: 3\n", "a.conf:4: [S] a: is there twice"),
        ("[S]\n[T]\n\n[S]\n", "a.conf:4: section [S] is there twice"),
        ("[S]\na: 1\n  b: 2\n", "a.conf:3: b is indented, which makes it part of a on line 2"),
        ("[S]\na: 1\n\n# x\n\tb = 2\n", "a.conf:5: b is indented, which makes it part of a on line 2"),
        ("[S]\na: 1\n  [T]\nb: 2\n", "a.conf:3: [T] is indented, which makes it part of a on line 2"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, message):
    assert _refused(text) == message


def test_a_section_indented_as_a_whole_is_fine():
    assert _values("[S]\n  a: 1\n  b: 2\n") == {"a": ("1", 2), "b": ("2", 3)}


def test_addresses_in_a_continued_list_are_not_taken_for_keys():
    assert _values("[S]\na: x,\n  s3://bucket/k=v,\n  https://h\n")["a"][0].count("\n") == 2
