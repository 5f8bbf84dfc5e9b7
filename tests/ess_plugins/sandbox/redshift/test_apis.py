"""The APIs of Redshift: credentials, serverless, and the Data API, which runs through the same front."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from ess_plugins.sandbox.api.redshift.warehouses import Grants
from tests.ess_plugins.sandbox.redshift.conftest import ROLE
from tests.fixtures.sandbox import TestKey
from tests.fixtures.waiting import until

CLUSTER = {"ClusterIdentifier": "essentia-warehouse", "Database": "dev", "DbUser": "admin"}
WORKGROUP = {"WorkgroupName": "essentia-workgroup", "Database": "dev"}
HIDDEN = {"WorkgroupName": "essentia-workgroup", "SecretArn": "arn:aws:secretsmanager:::secret:none"}
WRONG = [{"name": "b", "value": "1"}]
ENDED = ("FINISHED", "FAILED", "ABORTED")


@pytest.fixture
def data(sandbox):
    return sandbox.client("redshift-data")


@pytest.fixture
def run(data):
    """Run to its end; returns what describe_statement says."""

    def wait(name):
        def ended():
            found = data.describe_statement(Id=name)
            return found if found["Status"] in ENDED else None

        return until(ended, 90)

    def start(**given):
        call = data.batch_execute_statement if "Sqls" in given else data.execute_statement
        return wait(call(**given)["Id"])

    return start


def test_the_answer_of_a_statement_has_the_types_of_the_api(data, run):
    done = run(
        **WORKGROUP,
        Sql="select :n::int + 1 as n, ':n' as s, null as x, 1.5::float as f, true as b, :s as t",
        Parameters=[{"name": "n", "value": "41"}, {"name": "s", "value": "it's"}],
    )
    assert (done["Status"], done["HasResultSet"], done["ResultRows"]) == ("FINISHED", True, 1)
    answer = data.get_statement_result(Id=done["Id"])
    assert answer["Records"] == [
        [
            {"longValue": 42},
            {"stringValue": ":n"},
            {"isNull": True},
            {"doubleValue": 1.5},
            {"booleanValue": True},
            {"stringValue": "it's"},
        ]
    ]
    assert [(column["name"], column["typeName"]) for column in answer["ColumnMetadata"]][:2] == [
        ("n", "int4"),
        ("s", "text"),
    ]


def test_a_long_answer_comes_in_pages(data, run):
    done = run(**CLUSTER, Sql="select * from generate_series(1, 2500)")
    pages = list(data.get_paginator("get_statement_result").paginate(Id=done["Id"]))
    assert [len(page["Records"]) for page in pages] == [1000, 1000, 500]
    assert pages[0]["TotalNumRows"] == 2500


def test_a_copy_says_no_number_of_rows(run, data, bucket):
    url = bucket.put("1.csv", "1\n2\n")
    run(**CLUSTER, Sql="create table if not exists api_copied (id int)")
    done = run(**CLUSTER, Sql=f"copy api_copied from '{url}' {ROLE} csv")
    assert (done["Status"], done["ResultRows"], done["HasResultSet"]) == ("FINISHED", 0, False)
    counted = run(**CLUSTER, Sql="select count(*) from api_copied")
    assert data.get_statement_result(Id=counted["Id"])["Records"] == [[{"longValue": 2}]]
    run(**CLUSTER, Sql="drop table api_copied")


def test_a_batch_is_one_transaction(data, run):
    statements = [
        "create table api_batch (id int)",
        "insert into api_batch values (1), (2)",
        "select * from api_batch",
    ]
    done = run(**CLUSTER, Sqls=statements)
    assert [(part["Status"], part["ResultRows"]) for part in done["SubStatements"]] == [
        ("FINISHED", 0),
        ("FINISHED", 2),
        ("FINISHED", 2),
    ]
    assert len(data.get_statement_result(Id=f"{done['Id']}:3")["Records"]) == 2
    failed = run(**CLUSTER, Sqls=["drop table api_batch", "selec", "select 1"])
    assert [part["Status"] for part in failed["SubStatements"]] == ["FINISHED", "FAILED", "ABORTED"]
    assert "syntax error" in failed["Error"]
    assert run(**CLUSTER, Sql="drop table api_batch")["Status"] == "FINISHED"
    with pytest.raises(ClientError, match="at most 40"):
        data.batch_execute_statement(**CLUSTER, Sqls=["select 1"] * 41)


def test_a_statement_fails_with_the_words_of_the_database(run):
    assert run(**CLUSTER, Sql="select nope")["Error"] == 'ERROR: column "nope" does not exist'
    lost = run(**{**CLUSTER, "Database": "nowhere"}, Sql="select 1")
    assert lost["Error"] == 'ERROR: database "nowhere" does not exist'


def test_a_running_statement_can_be_cancelled(data, run, connect):
    name = data.execute_statement(**CLUSTER, Sql="select pg_sleep(300) as cancelled_sleep")["Id"]
    sql = connect(database="dev")
    active = (
        "select count(*) from pg_stat_activity where state = 'active' and query like '%cancelled_sleep%'"
        " and pid <> pg_backend_pid()"
    )
    until(lambda: sql(active) == [(1,)])
    assert data.cancel_statement(Id=name)["Status"] is True
    assert data.describe_statement(Id=name)["Status"] == "ABORTED"
    until(lambda: sql(active) == [(0,)])
    with pytest.raises(ClientError, match="ValidationException"):
        data.cancel_statement(Id=name)


def test_a_secret_of_secrets_manager_logs_in(sandbox, run, data):
    (secret,) = sandbox.client("secretsmanager").list_secrets()["SecretList"]
    given = {"ClusterIdentifier": "essentia-warehouse", "Database": "dev", "SecretArn": secret["ARN"]}
    done = run(**given, Sql="select current_user")
    assert data.get_statement_result(Id=done["Id"])["Records"] == [[{"stringValue": "admin"}]]
    value = json.loads(
        sandbox.client("secretsmanager").get_secret_value(SecretId=secret["ARN"])["SecretString"]
    )
    assert value["password"] == (sandbox.folder / "redshift_password").read_text().strip()


def test_the_same_token_runs_a_statement_once(data):
    first = data.execute_statement(**CLUSTER, Sql="select 1", ClientToken="once")
    assert data.execute_statement(**CLUSTER, Sql="select 1", ClientToken="once")["Id"] == first["Id"]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda data: data.execute_statement(WorkgroupName="none", Database="dev", Sql="x"), "Validation"),
        (lambda data: data.execute_statement(Database="dev", Sql="select 1"), "Validation"),
        (lambda data: data.execute_statement(**HIDDEN, Database="dev", Sql="x"), "the specified secret"),
        (lambda data: data.execute_statement(**CLUSTER, Sql="select :a", Parameters=WRONG), "Validation"),
        (lambda data: data.describe_statement(Id="00000000-0000-0000-0000-000000000000"), "ResourceNotFound"),
        (lambda data: data.list_databases(**CLUSTER), "UnknownOperation"),
    ],
)  # fmt: skip
def test_a_wrong_call_of_the_data_api_is_refused(data, call, code):
    with pytest.raises(ClientError, match=code):
        call(data)


def test_serverless_says_what_there_is(sandbox):
    serverless = sandbox.client("redshift-serverless")
    workgroup = serverless.get_workgroup(workgroupName="essentia-workgroup")["workgroup"]
    namespace = serverless.get_namespace(namespaceName=workgroup["namespaceName"])["namespace"]
    assert (workgroup["status"], namespace["dbName"], namespace["adminUsername"]) == (
        "AVAILABLE",
        "dev",
        "admin",
    )
    assert len(serverless.list_namespaces()["namespaces"]) == 1
    with pytest.raises(serverless.exceptions.ResourceNotFoundException):
        serverless.get_workgroup(workgroupName="none")
    assert sandbox.client("redshift-serverless", region="eu-west-1").list_workgroups()["workgroups"] == []


def test_credentials_are_for_a_time_and_for_a_cluster_that_there_is(sandbox):
    redshift, serverless = sandbox.client("redshift"), sandbox.client("redshift-serverless")
    given = redshift.get_cluster_credentials(
        ClusterIdentifier="essentia-warehouse", DbUser="ann", DurationSeconds=900
    )
    assert given["DbUser"] == "IAM:ann"
    assert 0 < given["Expiration"].timestamp() - time.time() <= 900
    for call in (
        lambda: redshift.get_cluster_credentials(
            ClusterIdentifier="essentia-warehouse", DbUser="a", DurationSeconds=899
        ),
        lambda: redshift.get_cluster_credentials_with_iam(ClusterIdentifier="none"),
        lambda: serverless.get_credentials(workgroupName="essentia-workgroup", durationSeconds=3601),
    ):
        with pytest.raises(ClientError):
            call()


def test_a_temporary_password_ends_with_its_time():
    grants = Grants()
    lasting = grants.add("ann", "ann", 900, superuser=False, creates=True)
    grants.add("ann", "ann", 0, superuser=False, creates=True)
    assert grants.current() == (lasting,)


def test_a_role_becomes_the_user_of_its_name(sandbox):
    assumed = sandbox.client("sts").assume_role(
        RoleArn="arn:aws:iam::123456789012:role/analyst", RoleSessionName="session"
    )["Credentials"]
    key = TestKey(assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])
    given = sandbox.client("redshift", key).get_cluster_credentials_with_iam(
        ClusterIdentifier="essentia-warehouse"
    )
    assert given["DbUser"] == "IAMR:analyst"
