"""Whatever the files hold: never a traceback, never a part of a secret in what is said."""

import random
import re
import string
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ess_core.conf import Overrides, blocked_plugins, check, load
from ess_core.errors import ConfigError

_ALPHABET = string.ascii_letters + string.digits + "+/"
_SHOWN_CHARS = 8
"""So many characters in a row of a secret must never be seen."""

thorough = settings(
    max_examples=120,
    database=None,
)


def _secret(seed: int) -> str:
    return "".join(random.Random(seed).choices(_ALPHABET, k=40))


def _access_key_id(seed: int) -> str:
    return "AKIA" + "".join(random.Random(seed).choices(string.ascii_uppercase + string.digits, k=16))


secrets = st.integers(0, 200).flatmap(lambda seed: st.sampled_from([_secret(seed), _access_key_id(seed)]))

pieces = st.one_of(
    st.sampled_from(
        [
            "[EC2]",
            "[AWS]",
            "[plugins]",
            "[",
            "]",
            ":",
            "=",
            " #",
            "#",
            ";",
            "\n",
            "\r\n",
            "\r",
            "  ",
            "\t",
            "\n ",
        ]
    ),
    st.sampled_from(
        [
            "key_name",
            "instance_count",
            "aws_credential",
            "profile",
            "region",
            "username",
            "spot",
            "block",
            "subnet_id",
        ]
    ),
    st.sampled_from(["two", "1", ",", "**", "\ufeff", "\0", "\x1b[2J", "\u2028", "%(x)s", "é"]),
    st.text(max_size=8),
)
texts = st.lists(pieces, max_size=30).map("".join)


def _said(error: BaseException | None) -> Iterator[str]:
    """All that a user could be shown of an error and of what led to it."""
    while error is not None:
        yield f"{error} {error!r} {getattr(error, 'hint', '')}"
        error = error.__cause__


def _outcome(call: Callable[[], Any]) -> Any:
    """What ``call`` returns, or the message with which it refuses."""
    try:
        return call()
    except ConfigError as error:
        return error.message


def _leaks(secret: str, said: str) -> bool:
    low = said.lower()
    return any(secret[at : at + _SHOWN_CHARS].lower() in low for at in range(len(secret) - _SHOWN_CHARS + 1))


def _use(overrides: Overrides) -> Iterator[str]:
    """Load and use everything; what was said on the way."""
    report = check(overrides)
    yield from report.problems + report.warnings
    blocked_plugins(overrides)
    try:
        conf = load(overrides)
        yield from conf.warnings
        yield repr(conf.credentials())
    except ConfigError as error:
        yield from _said(error)


@thorough
@given(data=st.binary(max_size=300) | texts.map(lambda text: text.encode(errors="replace")))
def test_any_file_is_read_or_refused_in_one_line(write, data):
    write(data)
    conf = _outcome(load)
    said = [conf] if isinstance(conf, str) else conf.warnings
    assert all(text.startswith("instance.conf") and text.isprintable() for text in said)


@thorough
@given(secret=secrets, before=texts, after=texts)
def test_a_secret_anywhere_in_the_file_is_never_repeated(write, secret, before, after):
    write(f"[EC2]\n{before}{secret}{after}".encode(errors="replace"))
    for said in _use(Overrides()):
        assert not _leaks(secret, said)


@thorough
@given(
    secret=secrets,
    name=st.sampled_from(["[{}]", "[{}]\na: 1", "{}: 1", "[EC2]\n{} = 1", "{}", "[EC2]\na: 1\n  {}: 2"]),
)
def test_a_secret_in_the_place_of_a_name_is_never_repeated(write, secret, name):
    write(name.format(secret))
    for said in _use(Overrides()):
        assert not _leaks(secret, said)


cells = st.one_of(
    st.sampled_from(
        [
            "Access key ID",
            "Secret access key",
            "User name",
            "joe",
            "",
            "**Access_Key**",
            '"',
            "AKIAQ7XN2V5LPRT3MZ4K",
        ]
    ),
    st.text(max_size=6),
)
tables = st.lists(st.lists(cells, max_size=5).map(",".join), max_size=4).map("\n".join)


@thorough
@given(data=st.binary(max_size=300) | tables.map(lambda text: text.encode(errors="replace")))
def test_any_credential_file_is_read_or_refused_in_one_line(folder, data):
    (folder / "keys.csv").write_bytes(data)
    found = _outcome(load(Overrides(credentials="keys")).credentials)
    if isinstance(found, str):
        assert found.startswith("keys.csv")
        assert found.isprintable()
    else:
        assert re.fullmatch(r"\w+", found.access_key_id, re.ASCII)
        assert re.fullmatch(r"[!-~]+", found.secret_access_key)


@thorough
@given(
    secret=st.integers(0, 200).map(_secret),
    header=st.sampled_from(
        ["Access key ID,Secret access key", "User name,Access key ID,Secret access key", "a,b", ""]
    ),
    row=st.lists(cells, max_size=4),
    place=st.integers(0, 4),
    more=tables,
)
def test_a_secret_anywhere_in_a_credential_file_is_never_repeated(folder, secret, header, row, place, more):
    row = [*row[:place], secret, *row[place:]]
    (folder / "keys.csv").write_bytes(f"{header}\n{','.join(row)}\n{more}".encode(errors="replace"))
    for said in _use(Overrides(credentials="keys")):
        assert not _leaks(secret, said)


words = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=12).filter(
    lambda word: word[0].isalnum()
)
documents = st.fixed_dictionaries(
    {},
    optional={
        "instance_count": st.integers(1, 10**6),
        "use_private_ip": st.booleans(),
        "instance_tag": words,
        "key_name": words,
        "security_groups": st.lists(words, min_size=1, max_size=4),
        "cluster": words,
        "ssh_port": st.integers(1, 65535),
        "volume_size": st.integers(1, 65536),
    },
)
fillers = st.lists(st.sampled_from(["", "# comment: 1", "; other = 2", "   ", "#"]), max_size=2)
separators = st.sampled_from([": ", "=", " :  ", ":", " = "])
comments = st.sampled_from(["", "  # comment", " #", "\t# [AWS]"])


@thorough
@given(
    document=documents,
    end=st.sampled_from(["\n", "\r\n"]),
    head=st.sampled_from(["", "\ufeff"]),
    data=st.data(),
)
def test_values_and_their_lines_survive_any_layout(write, document, end, head, data):
    lines, at = [*data.draw(fillers), "[EC2]"], {}
    for key, value in document.items():
        lines += data.draw(fillers)
        text = (
            data.draw(st.sampled_from([", ", ",", ",\n  "])).join(value)
            if isinstance(value, list)
            else str(value)
        )
        first, *more = f"{key}{data.draw(separators)}{text}".split("\n")
        lines += [first + data.draw(comments), *more]
        at[key] = len(lines) - len(more)
    write((head + end.join(lines)).encode())
    conf = load()
    assert {key: conf.section("EC2")[key] for key in document} == document
    assert {key: conf.origin("EC2", key) for key in document} == {
        key: f"instance.conf:{line}" for key, line in at.items()
    }
    assert conf.warnings == ()
