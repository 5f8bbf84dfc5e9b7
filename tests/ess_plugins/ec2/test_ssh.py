"""Logging in to a worker: OpenSSH takes over, with the right key, user, port and host key file."""

import json
import os
import stat
from itertools import pairwise

import pytest


@pytest.fixture
def taken_over(here, monkeypatch):
    """Run `ssh` up to where OpenSSH takes over; returns its argv, or the finished command."""

    def run(*words):
        argvs = []

        def execvp(_file, argv):
            argvs.append(argv)
            raise SystemExit(0)

        monkeypatch.setattr(os, "execvp", execvp)
        done = here("instance", "ec2", "ssh", *words)
        return argvs[0] if argvs else done

    return run


@pytest.fixture
def workers(here):
    """Two workers, as `list` shows them."""
    assert here("instance", "ec2", "create", "--number=2").returncode == 0
    return json.loads(here("instance", "ec2", "list", "-f", "json").stdout)


def _host(argv):
    return argv[argv.index("--") + 1]


def test_a_node_is_named_by_place_id_or_address_and_is_the_first_by_default(taken_over, workers):
    first, second = workers
    assert _host(taken_over()) == first["public_ip"]
    for name in (2, second["id"], second["private_ip"], second["public_ip"]):
        assert _host(taken_over(name)) == second["public_ip"]


def test_openssh_gets_key_user_port_and_a_host_key_file_of_the_cluster(sandbox, ess, taken_over, workers):
    argv = taken_over(1)
    options = dict(option.split("=", 1) for flag, option in pairwise(argv) if flag == "-o")
    assert options["IdentityFile"] == f'"{ess.cwd / "pem_file.pem"}"'
    assert options["IdentitiesOnly"] == "yes"
    assert options["HostKeyAlias"] == workers[0]["id"]
    assert options["StrictHostKeyChecking"] == "accept-new"
    assert argv[argv.index("-p") + 1] == str(sandbox.ssh_port)
    assert argv[argv.index("-l") + 1] == "ec2-user"
    known_hosts = options["UserKnownHostsFile"].strip('"')
    assert known_hosts.startswith(ess.env["ESS_HOME"])
    with open(known_hosts, encoding="utf-8") as lines:  # pinned already, by the login of create
        assert sorted(line.split()[0] for line in lines) == sorted(one["id"] for one in workers)
    assert stat.S_IMODE(os.stat(known_hosts).st_mode) == 0o600


@pytest.mark.parametrize(
    ("words", "place", "command"),
    [
        (["--", "hostname"], 0, "hostname"),
        (["2", "--", "echo", "a b", "--", "c"], 1, "echo a b -- c"),
        (["--", "grep", "--", "-x", "file"], 0, "grep -- -x file"),
        (["--", "--", "x"], 0, "-- x"),
        (["--", "ls", "-l", "--all"], 0, "ls -l --all"),
        (["--", "2"], 0, "2"),
        (["2", "--"], 1, None),
        (["--"], 0, None),
    ],
)
def test_only_what_stands_after_two_hyphens_is_the_command(taken_over, workers, words, place, command):
    argv = taken_over(*words)
    rest = argv[argv.index("--") + 1 :]
    assert rest == [workers[place]["public_ip"], *([] if command is None else [command])]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["3"], 4, "ess: 3 is not a worker of this cluster"),
        (
            ["i-0123456789abcdef0", "--", "true"],
            4,
            "ess: i-0123456789abcdef0 is not a worker of this cluster",
        ),
        (["1", "hostname"], 2, "ess: unexpected 'hostname'"),
        (["1", "2", "--", "x"], 2, "ess: unexpected '2'"),
        (["1", "--all"], 2, "ess: there is no option --all"),
    ],
)
def test_what_names_no_worker_is_refused(taken_over, workers, words, code, message):
    done = taken_over(*words)
    assert (done.returncode, done.stderr.splitlines()[0][: len(message)]) == (code, message)


def test_without_workers_it_says_so(taken_over):
    done = taken_over()
    assert (done.returncode, done.stderr.splitlines()[0]) == (4, "ess: this cluster has no workers")


def test_a_worker_that_is_not_running_is_said(sandbox, here, taken_over):
    sandbox.plan(pending_s=60)
    here("instance", "ec2", "create", "--number=1", "--no-wait")
    assert "cannot be logged in to: it is pending" in taken_over().stderr


def test_without_openssh_a_command_still_runs_and_a_login_says_what_is_missing(here, ess, workers):
    no_ssh = {"PATH": str(ess.cwd)}
    done = ess("instance", "ec2", "ssh", "2", "--", "hostname; exit 5", env=no_ssh)
    hostname = "ip-" + workers[1]["private_ip"].replace(".", "-")
    assert (done.returncode, done.stdout, done.stderr) == (5, f"{hostname}\n", "")
    done = ess("instance", "ec2", "ssh", env=no_ssh)
    assert done.returncode == 2
    assert done.stderr.startswith("ess: an interactive login needs OpenSSH's `ssh`\nhint: ")


def test_a_home_where_nothing_was_pinned_yet_gets_room_for_it(ess, taken_over, workers, monkeypatch):
    monkeypatch.setenv("ESS_HOME", str(ess.cwd / "another machine"))
    options = dict(option.split("=", 1) for flag, option in pairwise(taken_over(1)) if flag == "-o")
    folder = os.path.dirname(options["UserKnownHostsFile"].strip('"'))
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
