"""Which plugins the file turns off: known before any is loaded, and cheap."""

import subprocess
import sys

import pytest

from ess_core.conf import Overrides, blocked_plugins


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[plugins]\nblock: redshift, sandbox\n", ["redshift", "sandbox"]),
        ("[EC2]\nspot: 1\n[plugins]\nblock =\n  redshift,\n  sandbox\n", ["redshift", "sandbox"]),
        ("[plugins]\n", []),
        ("[EC2]\n# [plugins]\n# block: ec2\n", []),
        ("[plugins]\nblock: s3\nblock: ec2\n", []),
        (b"[plugins]\nblock: \xff\n", []),
    ],
)
def test_the_names_are_read_whatever_else_the_file_says(write, text, names):
    assert blocked_plugins(Overrides(conf=write(text))) == names


def test_a_missing_file_blocks_nothing(folder):
    assert blocked_plugins() == []
    assert blocked_plugins(Overrides(conf=folder / "absent")) == []


def test_the_core_knows_the_section(loaded):
    conf = loaded("[plugins]\nblock: redshift\n")
    assert conf.warnings == ()
    assert conf.section("plugins") == {"block": ["redshift"]}


@pytest.mark.parametrize("text", ["[EC2]\nusername: me\n", "[plugins]\nblock: s3\n"])
def test_no_heavy_library_is_imported_for_it(write, text):
    write(text)
    code = (
        "import sys, ess_core.conf as conf; conf.blocked_plugins();"
        "print(*{'cerberus', 'boto3', 'asyncssh', 'cryptography', 'difflib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("\n", "")
