"""What `ess config check` reports."""

from ess_core.conf import check


def test_a_good_configuration_has_nothing_to_report(write, documented, folder):
    write(documented)
    csv = folder / "credential_file.csv"
    csv.write_text("Access key ID,Secret access key\nAKIAQ7XN2V5LPRT3MZ4K,abcdefgh\n")
    csv.chmod(0o600)
    assert (check().problems, check().warnings) == ((), ())


def test_every_problem_and_warning_is_reported(write):
    write("[EC2]\nssh_port: x\ninstance_tag: a #b\n[Vault]\nspot: 1\n[AWS]\nregion: mars\n")
    report = check()
    assert report.problems == (
        "instance.conf:2: [EC2] ssh_port: 'x' is not a whole number",
        "instance.conf:7: [AWS] region: 'mars' is not a region such as us-east-1",
    )
    assert report.warnings == (
        "instance.conf:3: [EC2] instance_tag: what follows ' #' is a comment and not part of the value",
        "instance.conf:4: [Vault]: no plugin here has such a section",
    )


def test_credentials_and_environment_are_checked_too(write, monkeypatch):
    write("[EC2]\naws_credential: absent\n")
    monkeypatch.setenv("AWS_REGION", "mars")
    credentials, region = check().problems
    assert credentials.startswith("instance.conf:2: [EC2] aws_credential: there is no file 'absent'")
    assert region == "AWS_REGION: 'mars' is not a region such as us-east-1"


def test_a_missing_file_and_a_broken_one_are_reported(write):
    assert check().problems == ("there is no instance.conf here",)
    write("[EC2\n")
    assert check().problems == ("instance.conf:1: a section such as [EC2] must come before the first key",)
