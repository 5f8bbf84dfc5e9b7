"""`ess select`, `repository` and `purge`: places that are there, under labels."""

import json

from ess_core.host import progress
from tests.ess_plugins.data.conftest import FILES

SIZE = sum(map(len, FILES.values()))


def known(here, *words):
    return {row["label"]: row for row in json.loads(here("repository", "-f", "json", *words).stdout)}


def test_a_folder_is_selected_and_said(here, folder):
    done = here("select", "local", folder)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"working on file://{folder} (label local)\n"


def test_without_a_folder_it_is_the_working_one(here, ess):
    assert here("select", "local").stderr == f"working on file://{ess.cwd} (label local)\n"


def test_the_root_can_be_selected(here, folder):
    assert here("select", "local", "/").returncode == 0
    assert here("ls", str(folder / "raw").lstrip("/")).stdout.endswith("/raw\n")


def test_a_bucket_and_a_folder_in_it_are_two_datastores(here, bucket):
    assert here("select", f"s3://{bucket}").returncode == 0
    assert here("select", f"s3://{bucket}/in/").returncode == 0
    rows = known(here, "--scan")
    assert {label: (row["url"], row["active"], row["files"]) for label, row in rows.items()} == {
        bucket: (f"s3://{bucket}", False, len(FILES) + 1),
        f"{bucket}/in": (f"s3://{bucket}/in", True, len(FILES)),
    }


def test_a_label_alone_selects_again(here, folder, bucket):
    here("select", "local", folder, "--label", "mine")
    here("select", f"s3://{bucket}")
    done = here("select", "mine")
    assert (done.returncode, done.stderr) == (0, f"working on file://{folder} (label mine)\n")
    assert here("ls", "raw", "--nameonly").stdout == "raw\n"
    assert here("ls", "outside", "--nameonly", "--label", bucket).stdout == "outside\n"


def test_a_label_that_is_taken_needs_overwrite(here, folder, ess):
    here("select", "local", folder)
    done = here("select", "local", folder / "logs")
    assert done.returncode == 2
    assert done.stderr == (
        f"ess: label local stands for file://{folder}\n"
        f"hint: --overwrite lets it stand for file://{folder}/logs, --label NAME keeps both\n"
    )
    assert known(here)["local"]["url"] == f"file://{folder}"
    assert here("select", "local", folder / "logs", "--overwrite").returncode == 0
    assert known(here)["local"]["url"] == f"file://{folder}/logs"


def test_a_place_that_is_not_there_is_not_kept(here, sandbox, ess):
    for words, said in (
        (("local", "nowhere"), f"there is no folder '{ess.cwd}/nowhere'"),
        (("s3://nosuch-bucket",), "nosuch-bucket"),
    ):
        done = here("select", *words)
        assert done.returncode == 1
        assert said in done.stderr
    assert known(here) == {}


def test_what_is_no_place_is_said(here, folder):
    for words in (("bucket",), ("s3://",), ("gs://bucket",), ("s3://bucket", folder)):
        assert here("select", *words).returncode in (1, 2)
    assert known(here) == {}


def test_repository_shows_figures_only_after_a_scan(local, folder):
    before = known(local)["local"]
    assert (before["files"], before["size"], before["last_scan"]) == (None, None, None)
    scanned = known(local, "--scan")["local"]
    assert (scanned["files"], scanned["size"]) == (len(FILES), SIZE)
    assert scanned["last_scan"]
    (folder / "new").write_bytes(b"12345")
    assert known(local)["local"] == scanned
    assert known(local, "--scan", "--label", "local")["local"]["size"] == SIZE + 5


def test_a_scan_that_takes_long_says_how_far_it_is(local, monkeypatch):
    assert local("repository", "--scan").stderr == ""
    monkeypatch.setattr(progress, "PATIENCE_S", 0)
    monkeypatch.setattr(progress, "ITEMS", 2)
    assert local("repository", "--scan").stderr == "files of local: 2\n"
    assert local("-q", "repository", "--scan").stderr == ""
    assert local("ls", "-r").stderr == ""  # only on a terminal that does not show the rows


def test_one_that_cannot_be_scanned_stops_no_other(local, ess, folder):
    (ess.cwd / "gone").mkdir()
    local("select", "local", "gone", "--label", "gone")
    (ess.cwd / "gone").rmdir()
    done = local("repository", "--scan", "-f", "ndjson")
    assert done.returncode == 3
    assert [json.loads(line)["files"] for line in done.stdout.splitlines()] == [None, len(FILES)]
    assert "gone is not scanned: there is no folder" in done.stderr
    assert "1 of 2 datastores could not be scanned" in done.stderr
    assert local("repository", "--scan", "--label", "gone").returncode == 1


def test_an_empty_repository_is_fine(here):
    done = here("repository", "-f", "json")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    assert "`ess select local [DIR]`" in done.stderr


def test_purge_forgets_and_touches_no_file(local, folder):
    done = local("purge", "local")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith(f"forgot file://{folder} (label local)")
    assert "no datastore is selected now" in done.stderr
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == set(FILES)
    assert known(local) == {}
    assert local("purge", "local").returncode == 4


def test_without_a_datastore_each_command_says_how_to_select_one(here):
    for words in (("ls",), ("cat", "a"), ("lsa", "a")):
        done = here(*words)
        assert done.returncode == 2
        assert done.stderr.startswith("ess: no datastore is selected\nhint: `ess select local [DIR]`")
        assert here(*words, "--label", "x").stderr.startswith("ess: there is no datastore with the label 'x'")


def test_any_number_of_ess_at_once_lose_nothing(ess, folder, here):
    labels = [f"l{number}" for number in range(6)]
    running = [ess.start("select", "local", folder, "--label", label) for label in labels]
    for one in running:
        said = one.communicate(timeout=60)
        assert one.returncode == 0, said
    assert sorted(known(here)) == labels
    assert sum(row["active"] for row in known(here).values()) == 1


def test_a_local_datastore_needs_no_configuration(local, ess):
    (ess.cwd / "instance.conf").write_text("[EC2]\ninstance_count: two\n")
    assert local("ls", "raw").returncode == 0


def test_a_damaged_state_is_said_with_a_way_out(local, ess):
    path = ess.env["ESS_HOME"] + "/datastores.db"
    with open(path, "wb") as file:
        file.write(b"no database" * 500)
    done = local("ls")
    assert done.returncode == 1
    assert done.stderr == (
        f"ess: {path} is damaged: file is not a database\n"
        f"hint: mv {path} {path}.damaged; then select your datastores again\n"
    )
