"""With whose rights COPY reads, and that nobody gets to see a key."""

import logging
import traceback

import pytest

from ess_core.cloud import Cloud
from ess_core.conf import load as load_conf
from ess_core.errors import UsageError
from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.loading import access
from ess_plugins.redshift.loading.access import Keys, Role, SessionKey, session_keys
from ess_plugins.redshift.loading.refusals import explained, is_about_rows, is_passing
from ess_plugins.redshift.loading.stage import Stage

A = {"a.csv": [(1,)]}
SECRETS = ("ASIAKEYKEYKEYKEYKEY0", "s3cret/Access+Key", "t0ken==" * 20)
KEY = SessionKey(*SECRETS)


@pytest.mark.parametrize("stage", list(Stage))
def test_session_keys_read_the_staging_folder(loads, stage):
    table = loads.table("id int")
    keys = session_keys(Cloud(load_conf()))
    assert loads.load(table, A, access=keys, stage=stage).rows_loaded == 1


def test_the_default_role_does(loads):
    assert loads.load(loads.table("id int"), A, access=Role("default")).rows_loaded == 1


@pytest.mark.parametrize("name", ["", "DEFAULT", "arn:aws:iam::1:role/x", "x' manifest --"])
def test_what_is_no_role_is_refused(name):
    with pytest.raises(UsageError, match="is not the ARN of a role"):
        Role(name)


def test_keys_that_expired_are_got_anew(sandbox, loads):
    fresh = session_keys(Cloud(load_conf()))
    expired = fresh.get()
    sandbox.door.expire(expired.access_key_id)
    given = iter([expired, fresh.get()])
    done = loads.load(loads.table("id int"), A, access=Keys(lambda: next(given)))
    assert done.attempts == 2


def test_temporary_keys_of_the_user_are_taken_as_they_are(monkeypatch, warehouse):
    monkeypatch.delenv("ESS_CONF")
    for name, value in zip(("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"), SECRETS, strict=True):
        monkeypatch.setenv(f"AWS_{name}", value)
    assert session_keys(Cloud(load_conf())).get() == KEY


def _telling(real):
    """A driver that tells the statement in its errors, and the server in each of its fields."""

    def execute(self, sql, *words):
        if sql.startswith("COPY"):
            fields = {"M": f"syntax error near {sql}", "C": "42601", "D": f"error: {sql}", "q": sql}
            error = RedshiftError(Problem.STATEMENT, f"failed: {sql}", f"look at {sql}", fields)
            raise error from ValueError(sql)
        return real(self, sql, *words)

    return execute


@pytest.mark.parametrize("words", ["", "Status 503", "sys_load_error_detail"])
def test_no_key_is_in_what_anybody_sees(loads, monkeypatch, caplog, words):
    """Also not where it is tried again, or COPY refuses what is in files."""
    caplog.set_level(logging.DEBUG)
    keys = Keys(lambda: SessionKey(KEY.access_key_id, KEY.secret_access_key, KEY.token + words))
    with monkeypatch.context() as patched:
        patched.setattr(Connection, "execute", _telling(Connection.execute))
        with pytest.raises(Exception, match=r".") as caught:
            loads.load(loads.table("id int"), A, access=keys, attempts=2)
    error = caught.value
    shown = [
        *traceback.format_exception(error),
        repr(error),
        repr(vars(error)),
        repr(keys.clause()),
        repr(KEY.token in repr(keys.get())),
        caplog.text,
        *loads.told.notes,
    ]
    chain, seen = error, []
    while chain:
        seen += [str(chain), repr(vars(chain))]
        chain = chain.__cause__ or chain.__context__
    for text in [*shown, *seen]:
        for secret in SECRETS[1:]:
            assert secret not in text
    assert SECRETS[0] not in "".join([*seen, *loads.told.notes, caplog.text])


def test_no_key_is_in_what_a_signal_in_the_driver_leaves(loads, monkeypatch):
    real = Connection.execute

    def execute(self, sql, *words):
        if not sql.startswith("COPY"):
            return real(self, sql, *words)
        try:
            return {}[sql]  # as the driver looks for statements that it knows
        except KeyError:
            raise KeyboardInterrupt  # noqa: B904 - this is what is tested

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "execute", execute)
        with pytest.raises(KeyboardInterrupt) as caught:
            loads.load(loads.table("id int"), A, access=Keys(lambda: KEY))
    shown = "".join(traceback.format_exception(caught.value))
    assert not any(secret in shown for secret in SECRETS)


@pytest.mark.parametrize("telling", [False, True])
def test_no_key_is_in_any_output_of_the_command(world, monkeypatch, telling):
    """Of keys that S3 does not take, and of a server that repeats them."""
    world.category("--columnspec", "I:id", a="id\n1\n")
    world.table("kept_secret", "id bigint")
    with monkeypatch.context() as patched:
        patched.setattr(access, "session_keys", lambda _cloud: Keys(lambda: KEY))
        if telling:
            patched.setattr(Connection, "execute", _telling(Connection.execute))
        done = world.load("kept_secret", "--copy-keys", "--debug")
    assert done.code == 1
    assert "COPY failed: " in done.stderr
    assert ("***" in done.stderr) == telling
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS)
    assert world.staged == []


# What failures of COPY mean


def _failed(message, detail="", problem=Problem.STATEMENT, code="XX000"):
    return RedshiftError(problem, message, "", {"M": message, "D": detail, "C": code})


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (_failed("S3ServiceException:Please reduce your request rate.,Status 503,Error SlowDown"), True),
        (_failed("S3ServiceException:Internal,Status 500,Error InternalError"), True),
        (_failed("Spectrum Scan Error", "error: HTTP response error code: 503 Message: SlowDown"), True),
        (_failed("S3ServiceException:The provided token has expired.,Status 400,Error ExpiredToken"), True),
        (_failed("S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey"), True),
        (_failed("S3ServiceException:Access Denied,Status 403,Error AccessDenied"), False),
        (_failed("1023", "Serializable isolation violation on table - 1", Problem.CONFLICT), True),
        (_failed("could not complete because of conflict with concurrent transaction"), True),
        (_failed("1018", "Relation does not exist on table - 1"), True),
        (_failed("too many connections", problem=Problem.STATEMENT, code="53300"), True),
        (_failed("canceled on user's request", problem=Problem.TIMEOUT, code="57014"), False),
        (_failed("gone", problem=Problem.LOST), True),
        (_failed("no answer", problem=Problem.UNREACHABLE), True),
        (_failed("wrong password", problem=Problem.LOGIN), False),
        (_failed("permission denied for relation sales", problem=Problem.DENIED), False),
        (_failed("Load into table 't' failed.  Check 'sys_load_error_detail'"), False),
        (_failed("Disk Full", code="53100"), False),
    ],
)
def test_what_passes_by_itself_is_told_from_what_does_not(error, passing):
    assert is_passing(error) is passing


@pytest.mark.parametrize(
    ("error", "about_rows"),
    [
        (_failed("Load into table 't' failed.  Check 'sys_load_error_detail' system table"), True),
        (_failed("Load into table 't' failed.  Check 'stl_load_errors' system table for details."), True),
        (_failed("Spectrum Scan Error", "error:  File 'x' has an incompatible Parquet schema"), True),
        (_failed("Spectrum Scan Error", "error:  Access Denied (Status 403)"), False),
        (_failed("Spectrum Scan Error", "error:  HTTP response error code: 500"), False),
        (_failed('syntax error at or near "COPY"'), False),
    ],
)
def test_files_that_are_at_fault_are_told_from_the_way_to_them(error, about_rows):
    assert is_about_rows(error) is about_rows


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        (
            "S3ServiceException:Access Denied,Status 403,Error AccessDenied",
            "needs s3:GetObject and s3:ListBucket for s3://s/",
        ),
        (
            "S3ServiceException:The bucket you are attempting to access must be addressed using the "
            "specified endpoint.,Status 301,Error PermanentRedirect",
            "the staging bucket is in another region than the warehouse: ",
        ),
        (
            "User arn:aws:redshift:x is not authorized to assume IAM Role arn:aws:iam::1:role/r",
            "attached to it",
        ),
    ],
)
def test_what_hinders_copy_comes_with_a_way_out(message, hint):
    told = explained(_failed(message), "s3://s/")
    assert told.message == f"COPY failed: {message}"
    assert hint in told.hint
