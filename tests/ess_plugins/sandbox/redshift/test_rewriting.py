"""Redshift's SQL in PostgreSQL's words, without a database."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_plugins.sandbox.redshift.sql.rewriting import (
    Commit,
    Export,
    Load,
    Plain,
    SetFault,
    Truncate,
    rewrite,
)
from ess_plugins.sandbox.redshift.sql.tokens import identifier, joined, literal, statements, tokens, unquoted
from ess_plugins.sandbox.redshift.wire.messages import RefusedError

PIECES = st.sampled_from(
    [
        *(
            "select",
            " ",
            "\n",
            "'a;b'",
            "'it''s'",
            r"'back\'slash'",
            '"Qu;""oted"',
            ";",
            "$$ a;b $$",
            "$x$;$x$",
        ),
        *("-- c;omment\n", "/* ; */", "::", "(", ")", ",", "é", "#t", "E'\\n'", "a$b", "<>", "||", "'", '"'),
        *(
            "$1",
            "1.5e3",
            "create table t (",
            "copy t from 's3://b/k' ",
            "iam_role default ",
            "primary key",
            "unload (",
        ),
    ]
)
NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=15)


@given(st.lists(PIECES).map("".join))
def test_tokens_put_together_are_the_text(text):
    assert text.strip().startswith(joined(tokens(text)))


@given(st.lists(PIECES).map("".join))
def test_whatever_the_text_it_is_understood_or_refused_in_words(text):
    with contextlib.suppress(RefusedError):
        rewrite(text)


@given(NAMES)
def test_a_quoted_name_is_one_token_and_means_the_name(name):
    (token,) = tokens(identifier(name))
    assert unquoted(token) == name.lower()


@given(NAMES)
def test_a_literal_is_one_token_and_means_the_text(value):
    (token,) = tokens(literal(value))
    assert unquoted(token) == value


@given(st.lists(NAMES, max_size=4))
def test_no_name_and_no_text_ends_a_statement(values):
    text = " ".join(f"{identifier(value)} {literal(value)}" for value in values)
    assert len(list(statements(tokens(f"select 1 {text}; select 2")))) == 2


@given(st.lists(NAMES.filter(lambda name: name[0] != "#"), min_size=1, max_size=4, unique_by=str.lower))
def test_hostile_names_of_a_table_and_its_columns_stay_names(names):
    columns = ", ".join(f"{identifier(name)} int" for name in names)
    (made,) = rewrite(f"create table {identifier(names[0])} ({columns})")
    wanted = ", ".join(f"{identifier(name.lower())} int" for name in names)
    assert made.sql == f"CREATE UNLOGGED TABLE {identifier(names[0].lower())} ({wanted})"


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("commit", Commit),
        ("end transaction", Commit),
        ("truncate table t", Truncate),
        ("set ess_sandbox.fault to 'x'", SetFault),
        ("copy t from 's3://b/k' iam_role default", Load),
        ("unload ('select 1') to 's3://b/k' iam_role default", Export),
        ("/* copy */ select 'copy t from'", Plain),
        ("begin", Plain),
    ],
)
def test_what_the_front_does_itself_is_told_by_the_first_word(sql, kind):
    (statement,) = rewrite(sql)
    assert type(statement) is kind


def test_what_needs_no_change_stays_as_it_was():
    text = "select a ->> 'b',\n  c[1] -- why\nfrom t where x @> '{}' and y !~* 'z'"
    assert rewrite(text) == [Plain(text)]


def test_options_of_a_copy_are_read_in_every_order():
    (first,) = rewrite("copy s.t (a, b) from 's3://b/k' iam_role default csv gzip maxerror as 5 region 'x'")
    (second,) = rewrite(
        "copy s.t (a, b) from 's3://b/k' region as 'x' gzip format as csv iam_role default maxerror 5"
    )
    assert (first.copy.format, first.copy.access, first.copy.number("MAXERROR")) == (
        "CSV",
        second.copy.access,
        5,
    )
    assert first.copy.options == second.copy.options
    assert (first.copy.table, first.copy.columns) == (("s", "t"), ("a", "b"))


def test_secrets_of_a_copy_do_not_show():
    (load,) = rewrite(
        "copy t from 's3://b/k' access_key_id 'AKIA' secret_access_key 'hush' session_token 'quiet'"
    )
    assert "hush" not in repr(load.copy)
    assert "quiet" not in repr(load.copy)
