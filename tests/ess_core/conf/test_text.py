"""Files that are not the text they should be."""

import pytest

from ess_core.conf import Overrides, load
from ess_core.errors import ConfigError
from tests.fixtures.rights import open_folder, unprivileged


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[EC2]\r\n\r\nusername: J\xf6rg\r\n", "instance.conf:3: is not UTF-8 text (byte 0xf6)"),
        (b"\xef\xbb\xbf[EC2]\nusername: \xff\n", "instance.conf:2: is not UTF-8 text (byte 0xff)"),
        ("[EC2]\n".encode("utf-16"), "instance.conf: is UTF-16 text; save it as UTF-8"),
        (b"[EC2]\nusername: a\0b\n", "instance.conf:2: holds a NUL byte; this is not a text file"),
        (b"[EC2]\n" + b"#" * (1 << 20), "instance.conf: is larger than 1 MiB; this cannot be the right file"),
        (b"", "instance.conf: is empty"),
        (b" \n# [EC2]\n", "instance.conf: is empty"),
    ],
)
def test_the_message_names_file_line_and_reason(refused, data, message):
    assert refused(data) == message


def test_a_byte_order_mark_is_not_part_of_the_text(loaded):
    assert loaded(b"\xef\xbb\xbf[EC2]\nusername: me\n").section("EC2")["username"] == "me"


def test_a_file_that_may_not_be_read_says_so(monkeypatch):
    with open_folder() as folder:
        path = folder / "instance.conf"
        path.write_text("[EC2]\n")
        path.chmod(0)
        monkeypatch.chdir(folder)
        with unprivileged(), pytest.raises(ConfigError, match="cannot be read: Permission denied"):
            load()
        path.chmod(0o644)
        with unprivileged():
            assert load().path == path


def test_a_file_elsewhere_is_named_by_its_whole_path(tmp_path):
    other = tmp_path / "other.conf"
    other.write_text("[EC2]\nssh_port: x\n")
    with pytest.raises(ConfigError) as caught:
        load(Overrides(conf=other))
    assert caught.value.message.startswith(f"{other}:2: [EC2] ssh_port")
