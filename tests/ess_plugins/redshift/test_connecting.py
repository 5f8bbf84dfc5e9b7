"""Each way in which connecting fails is one clear sentence with a way out; each certificate is verified."""

import logging
import socket
import sys

import pytest
import redshift_connector

CLUSTER = "essentia-warehouse"
REGISTER = ("redshift", "register", CLUSTER, "dev", "admin")


def said(done, code=1):
    assert (done.returncode, done.stdout) == (code, "")
    return done.stderr.splitlines()


def test_without_the_driver_it_is_said_how_to_install_it(sandbox, here, monkeypatch):
    monkeypatch.setitem(sys.modules, "redshift_connector", None)
    message, hint = said(here(*REGISTER))
    assert message.startswith("ess: ess redshift needs the package redshift_connector: ")
    assert hint == "hint: pip install 'essentia-aws[redshift]'"
    assert sandbox.calls() == []


def test_a_certificate_that_nobody_vouches_for_is_refused_and_ca_file_vouches(
    sandbox, here, conf, monkeypatch
):
    monkeypatch.delenv("SSL_CERT_FILE")
    message, hint = said(here(*REGISTER))
    assert message.startswith("ess: the certificate of 127.")
    assert "is not to be trusted: unable to get local issuer certificate" in message
    assert hint.startswith("hint: ca_file in [Redshift]")
    conf(ca_file="redshift-ca.pem")
    assert here(*REGISTER).returncode == 0


def test_a_certificate_of_another_name_is_refused(sandbox, here, monkeypatch):
    real = socket.getaddrinfo

    def known(host, *words, **more):
        return real("127.0.0.1" if host == "warehouse.test" else host, *words, **more)

    monkeypatch.setattr(socket, "getaddrinfo", known)
    (cluster,) = sandbox.client("redshift").describe_clusters(ClusterIdentifier=CLUSTER)["Clusters"]
    port = cluster["Endpoint"]["Port"]
    message, _ = said(here(*REGISTER, "--host", "warehouse.test", "--port", port))
    assert f"the certificate of warehouse.test:{port} is not to be trusted: Hostname mismatch" in message


def test_a_wrong_password_is_told_from_a_wrong_user_of_iam(sandbox, here, monkeypatch):
    monkeypatch.setenv("ESS_REDSHIFT_PASSWORD", "hunter2")
    message, hint = said(here(*REGISTER))
    assert message == (
        f'ess: cluster {CLUSTER} refuses the login: password authentication failed for user "admin"'
    )
    assert hint == "hint: check the user, and ESS_REDSHIFT_PASSWORD where it is set"
    message, hint = said(here("redshift", "register", CLUSTER, "dev", "nobody", "--auth", "iam"))
    assert message == f'ess: cluster {CLUSTER} refuses the login: role "nobody" does not exist'
    assert hint.startswith("hint: with IAM the user must be there")


def test_a_database_that_there_is_not_is_named(sandbox, here):
    message, hint = said(here("redshift", "register", CLUSTER, "nope", "admin"))
    assert message == f'ess: cluster {CLUSTER}: database "nope" does not exist'
    assert hint == "hint: register it again with another DBNAME"


@pytest.mark.parametrize(("words", "title"), [([], "cluster"), (["--workgroup"], "workgroup")])
def test_a_warehouse_that_there_is_not_is_named_with_its_region(sandbox, here, words, title):
    message, hint = said(here("redshift", "register", "nowhere", "dev", *words))
    assert message == f"ess: there is no {title} nowhere in us-east-1"
    assert hint.startswith("hint: `ess redshift list`")


def test_a_paused_cluster_is_said_to_be_paused_and_how_to_wake_it(sandbox, here, registered):
    redshift = sandbox.client("redshift")
    redshift.pause_cluster(ClusterIdentifier=CLUSTER)
    try:
        message, hint = said(here("redshift", "sql", "select 1"))
        shown = here("redshift", "status", "-f", "value", "-c", "status", "-c", "reachable")
    finally:
        redshift.resume_cluster(ClusterIdentifier=CLUSTER)
    assert message == f"ess: cluster {CLUSTER} is paused and takes no connections"
    assert hint == (
        f"hint: `aws redshift resume-cluster --region us-east-1 --cluster-identifier {CLUSTER}` wakes it up"
    )
    assert (shown.returncode, shown.stdout) == (1, "paused\nFalse\n")
    assert shown.stderr.splitlines()[0] == message


def test_who_does_not_answer_is_waited_for_no_longer_than_the_conf_says(sandbox, here, conf, silent):
    conf(connect_timeout=1)
    port = silent("127.0.0.1")
    message, hint = said(here(*REGISTER, "--host", "127.0.0.1", "--port", port))
    assert message == f"ess: cluster {CLUSTER} did not answer at 127.0.0.1:{port} within 1 s"
    assert hint == f"hint: let this machine's address in on port {port}: its security group"


def test_the_security_groups_to_open_are_named(sandbox, here, conf, silent):
    conf(connect_timeout=1)
    redshift = sandbox.client("redshift")
    group = sandbox.client("ec2").describe_security_groups()["SecurityGroups"][0]["GroupId"]
    made = redshift.create_cluster(
        ClusterIdentifier="closed",
        DBName="dev",
        MasterUsername="admin",
        MasterUserPassword="Secret12",
        NodeType="ra3.xlplus",
        ClusterType="single-node",
        VpcSecurityGroupIds=[group],
        PubliclyAccessible=True,
    )
    try:
        port = silent(made["Cluster"]["Endpoint"]["Address"])
        _, hint = said(here("redshift", "register", "closed", "dev", "admin", "--port", port))
        redshift.modify_cluster(ClusterIdentifier="closed", PubliclyAccessible=False)
        _, inner = said(here("redshift", "register", "closed", "dev", "admin", "--port", port))
    finally:
        redshift.delete_cluster(ClusterIdentifier="closed", SkipFinalClusterSnapshot=True)
    assert hint == f"hint: let this machine's address in on port {port}: security group {group}"
    assert inner.startswith("hint: it has no public address")


def test_a_port_where_nothing_listens_is_named(sandbox, here):
    message, _ = said(here(*REGISTER, "--host", "127.0.0.1", "--port", 9))
    assert message == f"ess: cluster {CLUSTER} cannot be reached at 127.0.0.1:9: connection refused"


def test_what_iam_does_not_allow_is_named(sandbox, here):
    sandbox.plan(deny=["GetClusterCredentials"])
    message, hint = said(here(*REGISTER))
    assert message.startswith("ess: not allowed to call GetClusterCredentials: ")
    assert hint == "hint: `ess config policy` prints the permissions to ask for"


def test_a_password_is_not_shown_under_debug_either(sandbox, ess):
    done = ess(*REGISTER, "hunter2", "--debug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "hunter2" not in done.stderr


def test_the_driver_never_logs_what_it_sends(sandbox, here, registered, caplog):
    caplog.set_level(logging.DEBUG)
    assert here("redshift", "sql", "select 'hunter2'", "-f", "value").stdout == "hunter2\n"
    assert [record for record in caplog.records if "redshift_connector" in record.name] == []


def test_a_connection_is_kept_alive_and_waits_for_a_statement_as_long_as_it_takes(
    sandbox, here, registered, monkeypatch
):
    opened = []
    real = redshift_connector.connect

    def watched(**given):
        raw = real(**given)
        opened.append((raw._usock, raw._usock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)))
        return raw

    monkeypatch.setattr(redshift_connector, "connect", watched)
    assert here("redshift", "sql", "select 7", "-f", "value").stdout == "7\n"
    ((sock, is_kept_alive),) = opened
    assert (sock.gettimeout(), is_kept_alive) == (None, 1)
