"""`redshift register`, `deregister`, `status`: a warehouse is kept once it was reached, and no secret is."""

import json
import termios

import pytest

from tests.ess_core.host.terminal import Terminal

CLUSTER, WORKGROUP = "essentia-warehouse", "essentia-workgroup"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"


def status(here, *options):
    done = here("redshift", "status", "-f", "json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("words", "user"),
    [
        ([CLUSTER, "dev", "admin"], "admin"),
        ([CLUSTER, "dev"], "IAM:ess-sandbox"),
        ([WORKGROUP, "dev", "--workgroup"], "IAM:ess-sandbox"),
    ],
)
def test_without_a_password_temporary_credentials_log_in(sandbox, here, words, user):
    done = here("redshift", "register", *words)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"as {words[0]}: database dev, user {user}, Redshift " in done.stderr
    shown = status(here)
    assert (shown["reachable"], shown["user"], shown["auth"]) == (True, user, "iam")


def test_a_password_on_the_command_line_works_with_a_warning_and_is_kept_nowhere(
    sandbox, here, password, everything_kept
):
    done = here("redshift", "register", CLUSTER, "dev", "admin", password)
    assert done.returncode == 0
    assert done.stderr.startswith("ess: warning: a password on the command line can be seen by everyone")
    assert password not in done.stderr
    assert CLUSTER.encode() in everything_kept()
    assert password.encode() not in everything_kept()


def test_a_password_from_stdin_or_the_environment_is_kept_nowhere(
    sandbox, ess, here, password, monkeypatch, everything_kept
):
    piped = ess("redshift", "register", CLUSTER, "dev", "admin", "-", input=password + "\n")
    assert (piped.returncode, piped.stdout) == (0, "")
    assert "warning" not in piped.stderr
    lost = here("redshift", "sql", "select 1")
    assert lost.returncode == 2
    assert lost.stderr.startswith(f"ess: the password of admin on cluster {CLUSTER} is not known")
    monkeypatch.setenv("ESS_REDSHIFT_PASSWORD", password)
    assert here("redshift", "sql", "select 1", "-f", "value").stdout == "1\n"
    again = ess("redshift", "sql", "select 2", "-f", "value", "--password-stdin", input=password + "\n")
    assert again.stdout == "2\n"
    assert password.encode() not in everything_kept()


def test_on_a_terminal_the_password_is_asked_for_and_not_shown(sandbox, ess, password):
    words = ("redshift", "register", CLUSTER, "dev", "admin", "--auth", "password")
    terminal = Terminal(*words, env=ess.env, cwd=ess.cwd)
    settings = termios.tcgetattr(terminal._master)
    settings[3] |= termios.ECHO
    termios.tcsetattr(terminal._master, termios.TCSANOW, settings)
    terminal.wait_for(f"Password of admin on cluster {CLUSTER}: ")
    terminal.type(password + "\n")
    assert terminal.end() == 0, terminal.shown
    assert "registered cluster" in terminal.shown
    assert password not in terminal.shown


def test_a_secret_of_secrets_manager_logs_in_and_is_kept_nowhere(sandbox, here, password, everything_kept):
    (secret,) = sandbox.client("secretsmanager").list_secrets()["SecretList"]
    done = here("redshift", "register", CLUSTER, "dev", "--secret-arn", secret["ARN"])
    assert done.returncode == 0, done.stderr
    assert "user admin" in done.stderr
    assert status(here)["auth"] == "secret"
    assert password.encode() not in everything_kept()


@pytest.mark.parametrize("text", ["hunter2-not-json", '["hunter2"]', '{"password": "hunter2"}'])
def test_a_secret_of_another_kind_is_refused_and_not_shown(sandbox, ess, text):
    manager = sandbox.client("secretsmanager")
    arn = manager.create_secret(Name="other", SecretString=text)["ARN"]
    try:
        done = ess("redshift", "register", CLUSTER, "dev", "--secret-arn", arn, "--debug")
    finally:
        manager.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    assert done.returncode == 1
    assert f"ess: the secret {arn} is not one of a database" in done.stderr
    assert "hunter2" not in done.stderr


def test_a_warehouse_that_cannot_be_reached_is_not_kept(sandbox, here):
    assert here("redshift", "register", CLUSTER, "nope", "admin").returncode == 1
    assert here("redshift", "deregister", CLUSTER).returncode == 4


def test_the_last_registered_is_worked_on_unless_a_label_says_otherwise(sandbox, here, registered):
    assert here("redshift", "register", WORKGROUP, "dev", "--workgroup", "--label", "less").returncode == 0
    assert status(here)["warehouse"] == f"workgroup {WORKGROUP}"
    assert status(here, "--label", CLUSTER)["warehouse"] == f"cluster {CLUSTER}"
    assert here("redshift", "deregister").stderr == f"forgot workgroup {WORKGROUP} (label less)\n"
    done = here("redshift", "sql", "select 1", "--label", "less")
    assert (done.returncode, done.stderr) == (
        2,
        f"ess: there is no warehouse with the label 'less'\nhint: there are: {CLUSTER}\n",
    )


def test_a_registered_warehouse_is_found_from_another_region(sandbox, here, registered):
    assert status(here, "--region", "eu-west-1")["region"] == "us-east-1"


@pytest.mark.parametrize("name", ["", "a b", "a;b\n", "\udcff"])
def test_what_is_no_name_of_a_cluster_is_refused_without_a_call(sandbox, here, name):
    done = here("redshift", "register", name, "dev", "--label", "x")
    assert done.returncode == 2
    assert "is no name of a cluster" in done.stderr
    assert here("redshift", "deregister", name or "x").returncode in (2, 4)
    assert sandbox.calls() == []


def test_without_a_registered_one_that_of_the_conf_is_worked_on(sandbox, here, conf):
    conf()
    assert here("redshift", "status").stderr.startswith(
        "ess: no warehouse is registered\nhint: `ess redshift "
    )
    conf(cluster=CLUSTER, database="dev", user="admin", staging="s3://stage/x")
    shown = status(here)
    assert (shown["user"], shown["staging"], shown["label"]) == ("admin", "s3://stage/x", "")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"cluster": CLUSTER}, "a database of cluster essentia-warehouse has to be named"),
        ({"cluster": CLUSTER, "database": "dev", "auth": "secret"}, "its ARN is needed"),
        ({"cluster": CLUSTER, "database": "dev", "auth": "password"}, "a user is needed"),
        ({"cluster": CLUSTER, "workgroup": WORKGROUP, "database": "dev"}, "workgroup"),
        (
            {"cluster": CLUSTER, "database": "dev", "auth": "magic"},
            "'magic' is not one of iam, password, secret",
        ),
        ({"cluster": CLUSTER, "database": "dev", "iam_role": "me"}, "the ARN of a role"),
        ({"cluster": CLUSTER, "database": "dev", "ca_file": "nowhere.pem"}, "cannot read"),
        ({"cluster": CLUSTER, "database": "dev", "ca_file": "redshift.conf"}, "no certificates in PEM form"),
    ],
)
def test_what_is_wrong_in_the_conf_is_said_with_its_place(sandbox, here, conf, values, said):
    conf(**values)
    done = here("redshift", "sql", "select 1")
    assert done.returncode == 2
    assert "redshift.conf:" in done.stderr
    assert said in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--auth", "secret"], "to log in by secret, its ARN is needed"),
        (["--auth", "password"], "to log in by password, a user is needed"),
        (["--auth", "iam", "--secret-arn", SECRET], "there is the ARN of a secret, and the login is by iam"),
        (["me", "--workgroup"], "with IAM, a workgroup lets you in as who you are, and not as me"),
        (["--secret-arn", "secret"], "argument --secret-arn: 'secret' is not the ARN of a secret"),
        (["--iam-role", "'; drop"], 'argument --iam-role: "\'; drop" is not default or the ARN of a role'),
        (["--staging", "/tmp"], "argument --staging: '/tmp' is not s3://BUCKET or s3://BUCKET/FOLDER"),
        (["--port", "70000"], "argument --port: '70000' is not a whole number from 1 to 65535"),
        (["--label", "a b"], "'a b' can be no label"),
        (["--host", "a..b"], "'a..b' is no name of a host, and no IPv4 address"),
        (["a\nb"], "'a\\nb' is no name of a database or user"),
    ],
)
def test_a_registration_that_cannot_be_is_refused_without_a_call(sandbox, here, words, said):
    done = here("redshift", "register", CLUSTER, "dev", *words)
    assert done.returncode == 2
    assert f"ess: {said}" in done.stderr
    assert sandbox.calls() == []
