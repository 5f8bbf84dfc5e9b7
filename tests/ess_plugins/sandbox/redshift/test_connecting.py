"""Who gets into the sandbox's Redshift, and who does not: with AWS's own driver, unmodified."""

import socket
import ssl
import stat
import struct
import subprocess

import pytest
import redshift_connector

FIRST = "select current_user, current_database()"


def told(caught):
    fields = caught.value.args[0]
    return fields["M"] if isinstance(fields, dict) else str(caught.value)


def test_the_driver_logs_in_with_the_certificate_and_the_name_verified(connect):
    assert connect(database="dev")(FIRST) == [("admin", "dev")]


def test_each_cluster_and_workgroup_has_an_address_of_its_own_on_loopback(sandbox, endpoint):
    serverless = sandbox.client("redshift-serverless")
    (workgroup,) = serverless.list_workgroups()["workgroups"]
    assert endpoint["host"].startswith("127.")
    assert workgroup["endpoint"]["address"].startswith("127.")
    assert workgroup["endpoint"]["address"] != endpoint["host"]
    assert workgroup["endpoint"]["port"] == endpoint["port"]


def test_without_the_sandboxs_authority_its_certificate_is_not_trusted(connect, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(redshift_connector.InterfaceError, match="CERTIFICATE_VERIFY_FAILED"):
        connect()


def test_the_authority_is_a_file_of_the_sandbox_and_vouches_for_loopback_only(sandbox, endpoint, tmp_path):
    context = ssl.create_default_context(cafile=sandbox.folder / "redshift-ca.pem")
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with pytest.raises(ssl.SSLCertVerificationError, match=r"IP address mismatch|Hostname mismatch"):
        handshake(endpoint, context, "redshift.amazonaws.com")
    assert handshake(endpoint, context, "localhost")
    assert handshake(endpoint, context, endpoint["host"])
    shown = ["openssl", "x509", "-noout", "-text", "-in", str(sandbox.folder / "redshift-ca.pem")]
    text = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    assert "Permitted:" in text
    assert "IP:127.0.0.0/255.0.0.0" in text


def handshake(endpoint, context, name):
    with socket.create_connection((endpoint["host"], endpoint["port"])) as sock:
        sock.sendall(struct.pack("!ii", 8, 80877103))
        assert sock.recv(1) == b"S"
        with context.wrap_socket(sock, server_hostname=name) as wrapped:
            return wrapped.version()


def test_what_the_machine_trusts_is_still_trusted(sandbox):
    bundle = ssl.create_default_context(cafile=sandbox.env["SSL_CERT_FILE"])
    machine = ssl.create_default_context()
    assert len(bundle.get_ca_certs()) > len(machine.get_ca_certs())


def test_without_tls_nobody_is_let_in(connect):
    with pytest.raises(redshift_connector.InterfaceError) as caught:
        connect(ssl=False)
    assert "SSL off" in told(caught)


@pytest.mark.parametrize("given", [{"password": "wrong"}, {"password": ""}, {"user": "stranger"}])
def test_a_wrong_password_is_refused(connect, given):
    with pytest.raises(redshift_connector.InterfaceError) as caught:
        connect(**given)
    assert told(caught) == f'password authentication failed for user "{given.get("user", "admin")}"'


def test_a_database_that_there_is_not_is_refused(connect):
    with pytest.raises(redshift_connector.ProgrammingError) as caught:
        connect(database="nope")
    assert told(caught) == 'database "nope" does not exist'


def test_the_password_is_in_a_private_file(sandbox):
    mode = (sandbox.folder / "redshift_password").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


IAM = {"iam": True, "region": "us-east-1", "database": "dev", "user": None, "password": None}


@pytest.mark.parametrize(
    ("given", "user"),
    [
        ({"cluster_identifier": "essentia-warehouse", "db_user": "admin"}, "admin"),
        ({"cluster_identifier": "essentia-warehouse", "db_user": "ann", "auto_create": True}, "ann"),
        ({"cluster_identifier": "essentia-warehouse", "group_federation": True}, "IAM:ess-sandbox"),
        ({"is_serverless": True, "serverless_work_group": "essentia-workgroup"}, "IAM:ess-sandbox"),
    ],
)
def test_temporary_credentials_let_in(connect, given, user):
    sql = connect(**{**IAM, **given, "host": None, "port": None})
    assert sql(FIRST) == [(user, "dev")]


def test_a_user_that_is_not_to_be_created_must_be_there(connect):
    with pytest.raises(redshift_connector.InterfaceError) as caught:
        connect(**IAM, cluster_identifier="essentia-warehouse", db_user="nobody")
    assert told(caught) == 'role "nobody" does not exist'


def test_one_clusters_temporary_password_opens_no_other(sandbox, connect):
    serverless = sandbox.client("redshift-serverless")
    given = serverless.get_credentials(workgroupName="essentia-workgroup", dbName="dev")
    with pytest.raises(redshift_connector.InterfaceError, match="password authentication failed"):
        connect(user=given["dbUser"], password=given["dbPassword"])


def test_a_user_who_is_not_the_master_needs_rights(connect, sql):
    sql("create table hers (id int)")
    given = {**IAM, "cluster_identifier": "essentia-warehouse"}
    ann = connect(**given, db_user="ann", auto_create=True)
    assert ann.refused("select * from hers") == ("permission denied for table hers", "42501")
    sql("grant select on hers to ann")
    assert ann("select * from hers") == []
    ann("create table own (id int)")
    assert ann("select count(*) from svv_columns where table_name = 'own'") == [(1,)]


def test_a_paused_cluster_takes_no_connection_until_it_is_resumed(sandbox, connect):
    redshift = sandbox.client("redshift")
    redshift.pause_cluster(ClusterIdentifier="essentia-warehouse")
    try:
        (cluster,) = redshift.describe_clusters(ClusterIdentifier="essentia-warehouse")["Clusters"]
        assert cluster["ClusterStatus"] == "paused"
        with pytest.raises((redshift_connector.InterfaceError, ConnectionError)):
            connect()
    finally:
        redshift.resume_cluster(ClusterIdentifier="essentia-warehouse")
    assert connect()("select 1") == [(1,)]


def test_the_database_of_a_new_cluster_is_there(sandbox, connect):
    redshift = sandbox.client("redshift")
    made = {
        "ClusterIdentifier": "sales",
        "DBName": "sales",
        "MasterUsername": "boss",
        "MasterUserPassword": "Secret12",
    }
    redshift.create_cluster(**made, NodeType="ra3.xlplus", ClusterType="single-node")
    try:
        (cluster,) = redshift.describe_clusters(ClusterIdentifier="sales")["Clusters"]
        host = cluster["Endpoint"]["Address"]
        sql = connect(host=host, user="boss", password="Secret12", database="sales")
        assert sql(FIRST) == [("boss", "sales")]
    finally:
        redshift.delete_cluster(ClusterIdentifier="sales", SkipFinalClusterSnapshot=True)
    with pytest.raises((redshift_connector.InterfaceError, ConnectionError)):
        connect(host=host, user="boss", password="Secret12", database="sales")


@pytest.mark.parametrize("password", ["", "None", "guess"])
def test_a_master_user_without_a_password_lets_nobody_in(sandbox, connect, password):
    redshift = sandbox.client("redshift")
    made = {"ClusterIdentifier": "open", "NodeType": "ra3.xlplus", "ClusterType": "single-node"}
    cluster = redshift.create_cluster(**made, MasterUsername="chief")["Cluster"]
    try:
        with pytest.raises(redshift_connector.InterfaceError, match="password authentication failed"):
            connect(host=cluster["Endpoint"]["Address"], user="chief", password=password)
    finally:
        redshift.delete_cluster(ClusterIdentifier="open", SkipFinalClusterSnapshot=True)


@pytest.mark.parametrize(
    "answer", [b"p\0\0\0\0", b"p\xff\xff\xff\xff", b"p\0\0\0\5x", b"Q\0\0\0\x0cselect 1"]
)
def test_a_broken_answer_to_the_question_for_a_password_lets_nobody_in(sandbox, endpoint, connect, answer):
    context = ssl.create_default_context(cafile=sandbox.folder / "redshift-ca.pem")
    connect()
    for driver in (b"", b"client_protocol_version\0002\0"):
        with socket.create_connection(tuple(endpoint.values())) as sock:
            sock.sendall(struct.pack("!ii", 8, 80877103))
            assert sock.recv(1) == b"S"
            with context.wrap_socket(sock, server_hostname=endpoint["host"]) as wrapped:
                first = b"user\0admin\0database\0dev\0" + driver + b"\0"
                wrapped.sendall(struct.pack("!ii", len(first) + 8, 196608) + first)
                assert wrapped.recv(1) == b"R"
                wrapped.sendall(answer)
                said = wrapped.recv(4096)
                while more := read(wrapped):
                    said += more
                assert b"\0\0\0\x08\0\0\0\0" not in said


def read(sock):
    try:
        return sock.recv(4096)
    except OSError:
        return b""


@pytest.mark.parametrize("nonsense", [b"GET / HTTP/1.1\r\n\r\n", struct.pack("!ii", 8, 1), b"\xff" * 8, b""])
def test_who_talks_nonsense_is_let_go(endpoint, connect, nonsense):
    with socket.create_connection((endpoint["host"], endpoint["port"]), timeout=20) as sock:
        sock.sendall(nonsense)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(1024):
            pass
    assert connect()("select 1") == [(1,)]
