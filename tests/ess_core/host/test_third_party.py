"""A real distribution of a third party: everything it gives works, and is known by its name."""

import json

from ess_core.host.plugins import Host
from ess_core.registry import Kind, Registry, resolve
from tests.ess_core.host.conftest import Env
from tests.fixtures.sandbox import Ess


def test_its_command_runs_with_its_configuration(ess: Ess, hello: Env) -> None:
    assert ess("hello", "world", env=hello).stdout == "Hello, world!\n"
    (ess.cwd / "instance.conf").write_text("[Hello]\ngreeting: Moin\n")
    assert ess("hello", "world", "--name", "Ada", env=hello).stdout == "Moin, Ada!\n"


def test_a_mistake_in_its_section_is_found(ess: Ess, hello: Env) -> None:
    (ess.cwd / "instance.conf").write_text("[Hello]\ngreetin: Moin\n")
    done = ess("hello", "world", env=hello)
    assert done.returncode == 2
    assert "instance.conf:2: [Hello] greetin" in done.stderr
    assert "greeting" in done.stderr


def test_its_section_without_the_plugin_is_a_warning(ess: Ess) -> None:
    (ess.cwd / "instance.conf").write_text("[Hello]\ngreeting: Moin\n")
    done = ess("config", "show")
    assert done.returncode == 0
    assert done.stderr.startswith("ess: warning: instance.conf:1: ")
    assert len(done.stderr.splitlines()) == 1


def test_its_check_is_run_by_doctor(ess: Ess, hello: Env) -> None:
    done = ess("doctor", env=hello)
    assert "ok greeting says Hello" in [" ".join(line.split()) for line in done.stdout.splitlines()]
    (ess.cwd / "instance.conf").write_text("[Hello]\ngreeting: Go away\n")
    done = ess("doctor", "-f", "json", "-c", "status", "-c", "check", "-c", "detail", env=hello)
    assert done.returncode == 1
    row = {"status": "failed", "check": "greeting", "detail": "the greeting is rude; set [Hello] greeting"}
    assert row in json.loads(done.stdout)
    assert "checks failed" in done.stderr


def test_plugin_list_names_its_distribution_and_what_it_gives(ess: Ess, hello: Env) -> None:
    done = ess("plugin", "list", "-f", "ndjson", env=hello)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["plugin"] for row in rows][-1] == "hello"  # ours come first
    assert rows[-1]["distribution"] == "ess-hello"
    assert rows[-1]["version"] == "1.2"
    assert rows[-1]["commands"] == ["hello world", "instance hello"]
    assert "datastore hello" in rows[-1]["gives"]


def test_plugin_check_tries_all_that_it_gives(ess: Ess, hello: Env) -> None:
    done = ess("plugin", "check", "hello", "-f", "tsv", "-c", "status", "-c", "thing", env=hello)
    assert done.returncode == 0
    assert set(done.stdout.splitlines()[1:]) == {
        "ok\tcommand hello world",
        "ok\tcommand instance hello",
        "ok\tcommand option plugin list",
        "ok\tconfiguration section Hello",
        "ok\tdatastore hello",
        "ok\tworker provider hello",
        "ok\texecutor hello",
        "ok\tcluster event started",
        "ok\tcluster event before_remove",
        "ok\tcluster event ended",
        "ok\tcheck greeting",
        "ok\toutput format shout",
        "ok\tIAM statement hello world",
    }


def test_every_hook_reaches_the_registry(hello: Env, monkeypatch: object) -> None:
    registry = Registry()
    folder = hello["PYTHONPATH"].split(":")[0]
    monkeypatch.syspath_prepend(folder)  # type: ignore[attr-defined]
    host = Host(registry)
    host.load()
    mine = [entry for entry in registry.entries if entry.plugin == "hello"]
    assert {entry.kind for entry in mine} == set(Kind)
    assert registry.load(Kind.DATASTORE, "hello").__name__ == "Store"
    assert registry.load(Kind.EXECUTOR, "hello").__name__ == "Executor"
    assert registry.load(Kind.WORKER_PROVIDER, "hello").__name__ == "Provider"
    (greet,) = [one for one in registry.named(Kind.CLUSTER_EVENT, "before_remove") if one.plugin == "hello"]
    assert resolve(greet).__name__ == "greet"
    assert registry.find(Kind.IAM, "hello world") is not None
    assert registry.find(Kind.CONFIG, "Hello") is not None
