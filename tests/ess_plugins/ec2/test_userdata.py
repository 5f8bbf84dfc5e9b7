"""The user's own user data beside ours: each part comes out again as it went in."""

import base64
import gzip
from datetime import UTC, datetime
from email import message_from_string
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.errors import ConfigError
from ess_plugins.ec2 import lifetime, userdata
from tests.ess_plugins.ec2.conftest import set_conf

EXPIRES = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
SCRIPT = "#!/bin/bash\necho gr\u00fc\u00dfe > /tmp/x\nFrom here on\n"
CLOUD_CONFIG = "#cloud-config\npackages: [htop]\n"


@pytest.fixture
def own(tmp_path):
    """A file with this content."""

    def own(content):
        path = tmp_path / "boot"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return own


def _parts(made):
    """Type and content of each part but the first, which must be ours."""
    hook, *others = message_from_string(made).get_payload()
    assert hook.get_payload(decode=True).decode() == lifetime.script(EXPIRES)
    return [(part.get_content_type(), part.get_payload(decode=True).decode()) for part in others]


@pytest.mark.parametrize(
    ("text", "kind"), [(SCRIPT, "text/x-shellscript"), (CLOUD_CONFIG, "text/cloud-config")]
)
def test_script_and_cloud_config_are_told_by_their_first_line(own, text, kind):
    assert _parts(userdata.make(own(text), EXPIRES)) == [(kind, text)]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_a_script_comes_out_as_it_went_in(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("boot") / "boot"
    path.write_bytes(b"#!/bin/sh\n" + text.encode())
    assert _parts(userdata.make(path, EXPIRES)) == [("text/x-shellscript", f"#!/bin/sh\n{text}")]


def test_compressed_user_data_is_unpacked_first(own):
    assert _parts(userdata.make(own(gzip.compress(SCRIPT.encode())), EXPIRES))[0][1] == SCRIPT
    assert userdata.make(own(gzip.compress(SCRIPT.encode())), None) == SCRIPT


def test_multipart_user_data_keeps_its_parts(own):
    theirs = MIMEMultipart()
    theirs.attach(MIMEText(SCRIPT, "x-shellscript", "utf-8"))
    theirs.attach(MIMEText(CLOUD_CONFIG, "cloud-config"))
    found = _parts(userdata.make(own(theirs.as_bytes()), EXPIRES))
    assert found == [("text/x-shellscript", SCRIPT), ("text/cloud-config", CLOUD_CONFIG)]


def test_without_a_ttl_it_is_sent_as_it_is(own):
    assert userdata.make(own("[settings]\nmotd = 'x'\n"), None) == "[settings]\nmotd = 'x'\n"
    assert userdata.make(None, None) is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "begins neither as a shell script"),
        (b"echo hello\n", "begins neither as a shell script"),
        (b"#cloud-config-archive\n- x\n", "begins neither as a shell script"),
        (b"\xef\xbb\xbf#!/bin/sh\n", "begins neither as a shell script"),
        (b"MIME-Version: 1.0\n\nhello\n", "begins like MIME multipart, and is not"),
        (b"Content-Type: multipart/mixed\n\nhello\n", "begins like MIME multipart, and is not"),
        (b"#!/bin/sh\n\xff\n", "is not UTF-8 text"),
        (b"\x1f\x8bxyz", "is compressed, and damaged"),
        (gzip.compress(b"#!/bin/sh\n" * 99, mtime=0)[:-9], "is compressed, and damaged"),
        (gzip.compress(b"#" * (1 << 21), mtime=0), "is larger than 1 MiB"),
        (b"#" * (1 << 21), "is larger than 1 MiB"),
    ],
)
def test_what_cannot_be_joined_is_refused_with_the_reason(own, content, reason):
    with pytest.raises(ConfigError, match=reason):
        userdata.make(own(content), EXPIRES)


def test_ec2s_limit_is_on_all_of_it_before_base64(own):
    assert len(userdata.make(own("#!" + "x" * (userdata.LIMIT_BYTES - 2)), None)) == userdata.LIMIT_BYTES
    with pytest.raises(ConfigError, match=r"boot: with it the user data is 16385 bytes; EC2 takes 16384"):
        userdata.make(own("#!" + "x" * (userdata.LIMIT_BYTES - 1)), None)
    with pytest.raises(ConfigError, match="EC2 takes 16384"):
        userdata.make(own("#!" + "x" * (userdata.LIMIT_BYTES - 2)), EXPIRES)


def test_a_file_that_is_missing_is_named_before_anything_is_asked(sandbox, ess, create):
    set_conf(ess.cwd, user_data="boot.sh")
    done = create()
    assert done.returncode == 2
    assert "ess: [EC2] user_data: there is no file boot.sh" in done.stderr
    assert sandbox.calls() == []


def test_it_reaches_the_worker(sandbox, ess, create):
    (ess.cwd / "boot.sh").write_text(SCRIPT)
    set_conf(ess.cwd, user_data="boot.sh")
    done = create("--number=1")
    assert done.returncode == 0
    sent = sandbox.client("ec2").describe_instance_attribute(
        InstanceId=done.rows[0]["id"], Attribute="userData"
    )
    _hook, theirs = message_from_string(base64.b64decode(sent["UserData"]["Value"]).decode()).get_payload()
    assert theirs.get_payload(decode=True).decode() == SCRIPT
