"""What the catalog says of a table that is to be loaded."""

import pytest

from ess_core.errors import UsageError
from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.endpoints import Endpoint
from ess_plugins.redshift.loading.target import TargetColumn, read
from ess_plugins.redshift.sql.quoting import table_name
from ess_plugins.redshift.warehouse import Auth, Kind, Warehouse

SAMPLE = Warehouse("sample", Kind.CLUSTER, "essentia-warehouse", "dev", "admin", Auth.PASSWORD, "us-east-1")


@pytest.fixture
def connection(warehouse):
    raw = warehouse.connect().raw
    endpoint = Endpoint(warehouse.endpoint["host"], warehouse.endpoint["port"])
    return Connection(raw, SAMPLE, endpoint)


def test_all_types_are_read_as_the_catalog_has_them(connection, warehouse):
    warehouse.sql("drop table if exists kinds")
    warehouse.sql(
        "create table kinds (a smallint, b int not null, c bigint default 5 not null, d decimal(9,2), e real,"
        " f double precision, g boolean, h char(3), i varchar(70), j date, k timestamp, l timestamptz,"
        " m time, n super, o bigint identity(1,1), p decimal)"
    )
    found = read(connection, table_name("kinds"))
    assert [(one.name, one.type, one.sql) for one in found.columns] == [
        ("a", "smallint", "SMALLINT"),
        ("b", "integer", "INTEGER"),
        ("c", "bigint", "BIGINT"),
        ("d", "numeric", "NUMERIC(9,2)"),
        ("e", "real", "REAL"),
        ("f", "double precision", "DOUBLE PRECISION"),
        ("g", "boolean", "BOOLEAN"),
        ("h", "character", "CHAR(3)"),
        ("i", "character varying", "VARCHAR(70)"),
        ("j", "date", "DATE"),
        ("k", "timestamp without time zone", "TIMESTAMP"),
        ("l", "timestamp with time zone", "TIMESTAMPTZ"),
        ("m", "time without time zone", "TIME"),
        ("n", "super", "SUPER"),
        ("o", "bigint", "BIGINT"),
        ("p", "numeric", "NUMERIC(18,0)"),
    ]
    by_name = {one.name: one for one in found.columns}
    assert by_name["b"] == TargetColumn("b", "integer", not_null=True)
    assert by_name["c"] == TargetColumn("c", "bigint", not_null=True, has_default=True)
    assert by_name["o"].is_identity
    assert not by_name["o"].has_default
    assert [one.is_identity for one in found.columns].count(True) == 1
    assert not found.has_file_id


def test_a_table_that_is_not_there_is_none(connection):
    assert read(connection, table_name("no_such_table")) is None


def test_the_primary_key_is_read_whatever_its_names(connection, warehouse):
    warehouse.sql('drop table if exists "ke""yed"')
    warehouse.sql(
        'create table "ke""yed" ("we""ird, (n)" int, "ö b" int, c int, _file_id bigint,'
        ' primary key (c, "we""ird, (n)", "ö b"))'
    )
    found = read(connection, table_name('"ke""yed"'))
    assert found.primary_key == ("c", 'we"ird, (n)', "ö b")
    assert [one.name for one in found.columns] == ['we"ird, (n)', "ö b", "c", "_file_id"]
    assert found.has_file_id


def test_a_view_is_refused(connection, warehouse):
    warehouse.sql("drop view if exists seen")
    warehouse.sql("create view seen as select 1 as one")
    with pytest.raises(UsageError, match="is no table but a view"):
        read(connection, table_name("seen"))
