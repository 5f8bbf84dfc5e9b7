"""What can be made to go wrong in the sandbox's Redshift, once each time it is planned."""

import pytest

from ess_core.errors import EssError
from tests.ess_plugins.sandbox.redshift.conftest import ROLE


@pytest.fixture
def load(connect, table, bucket):
    """A load in a transaction of its own: a COPY and a COMMIT."""
    name, url = table("id int"), bucket.put("1.csv", "1\n")

    def run():
        one = connect(autocommit=False)
        one(f"copy {name} from '{url}' {ROLE} csv")
        one.raw.commit()

    run.table = name
    return run


@pytest.mark.parametrize(
    ("fault", "told", "rows"),
    [
        ("copy_s3_503", "Status 503,Error SlowDown", 0),
        ("drop_in_copy", "server socket closed", 0),
        ("drop_before_commit", "server socket closed", 0),
        ("drop_after_commit", "server socket closed", 1),
        ("serialization_on_commit", "1023", 0),
    ],
)
def test_a_planned_fault_hits_one_load(sandbox, sql, load, fault, told, rows):
    import redshift_connector

    sandbox.plan(warehouse=[fault])
    with pytest.raises(redshift_connector.Error, match=told):
        load()
    assert sql(f"select count(*) from {load.table}") == [(rows,)]
    assert sandbox.plan()["warehouse"] == []
    load()
    assert sql(f"select count(*) from {load.table}") == [(rows + 1,)]


def test_several_faults_come_one_after_the_other(sandbox, sql, load):
    import redshift_connector

    sandbox.plan(warehouse=["copy_s3_503", "drop_after_commit", "copy_s3_503"])
    for told in ("SlowDown", "SlowDown", "server socket closed"):
        with pytest.raises(redshift_connector.Error, match=told):
            load()
    assert sql(f"select count(*) from {load.table}") == [(1,)]


def test_a_client_can_be_left_without_an_answer(sandbox, connect):
    import redshift_connector

    connect()
    sandbox.plan(warehouse=["hang_at_connect"])
    with pytest.raises(redshift_connector.OperationalError, match="time out"):
        connect(timeout=1)
    assert connect()("select 1") == [(1,)]


def test_a_fault_can_be_planned_in_sql(sandbox, sql):
    sql("set ess_sandbox.fault to 'drop_in_copy'")
    assert sandbox.plan()["warehouse"] == ["drop_in_copy"]
    assert "a warehouse has no fault nonsense" in sql.refused("set ess_sandbox.fault to 'nonsense'")[0]


def test_a_fault_that_there_is_not_is_refused(sandbox):
    with pytest.raises(EssError, match="a warehouse has no fault oops; it has copy_s3_503, drop_"):
        sandbox.plan(warehouse=["oops"])


def test_an_error_in_autocommit_leaves_the_connection_usable(sandbox, sql, table, bucket):
    name, url = table("id int"), bucket.put("1.csv", "1\n")
    sandbox.plan(warehouse=["copy_s3_503"])
    sql.refused(f"copy {name} from '{url}' {ROLE} csv")
    sql(f"copy {name} from '{url}' {ROLE} csv")
    assert sql(f"select count(*) from {name}") == [(1,)]
