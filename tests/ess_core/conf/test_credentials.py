"""The console's CSV in all its forms, and what can be wrong with it."""

import pytest

from ess_core.conf import Overrides, load
from ess_core.errors import ConfigError

ID = "AKIAQ7XN2V5LPRT3MZ4K"
SECRET = "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"
OTHER = "Zx8+QwErTy6/UiOpAs4DfGhJkL2zXcVbNm0qWeRt"


@pytest.fixture
def read(folder, write):
    """Write a CSV, name it in instance.conf and read the credentials."""

    def read(data, name="credential_file"):
        path = folder / "credential_file.csv"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        path.chmod(0o600)
        write(f"[EC2]\naws_credential: {name}\n")
        return load().credentials()

    return read


@pytest.fixture
def refused(read):
    """Write a CSV that must be refused; no part of the secrets is in the message or the hint."""

    def refused(data, name="credential_file"):
        with pytest.raises(ConfigError) as caught:
            read(data, name)
        said = caught.value.message + caught.value.hint
        assert "\n" not in said
        assert all(secret[at : at + 8] not in said for secret in (SECRET, OTHER) for at in range(32))
        assert caught.value.__cause__ is None
        return caught.value.message

    return refused


@pytest.mark.parametrize(
    "text",
    [
        f"User Name,Access Key Id,Secret Access Key\njoe,{ID},{SECRET}\n",
        f'User Name,Access Key Id,Secret Access Key\r\n"joe",{ID},{SECRET}\r\n',
        f"User name,Password,Access key ID,Secret access key,Console login link\njoe,,{ID},{SECRET},https://x/\n",
        f"\ufeffUser Name,Access Key Id,Secret Access Key\n\njoe , {ID} , {SECRET} \n,,\n",
        f"Secret access key;Access key ID;User name\n{SECRET};{ID};joe",
        f"user\taccess_key_id\tsecret_access_key\njoe\t{ID}\t{SECRET}\n",
    ],
)
def test_every_header_the_console_has_had_is_understood(read, text):
    found = read(text)
    assert (found.access_key_id, found.secret_access_key) == (ID, SECRET)
    assert (found.user, found.source) == ("joe", "credential_file.csv")


def test_the_short_form_has_no_user(read):
    found = read(f"\ufeffAccess key ID,Secret access key\r\n{ID},{SECRET}")
    assert (found.access_key_id, found.secret_access_key, found.user) == (ID, SECRET, None)


@pytest.mark.parametrize("row", [f"joe,{ID},{SECRET}", f"{SECRET},{ID},joe"])
def test_the_secret_is_not_in_the_repr_not_even_where_the_user_should_be(read, row):
    assert SECRET not in repr(read(f"User name,Access key ID,Secret access key\n{row}\n"))


@pytest.mark.parametrize(
    "name", ["credential_file", "credential_file.csv", "./credential_file", "../work/credential_file"]
)
def test_the_extension_may_be_left_out(read, name):
    assert read(f"Access key ID,Secret access key\n{ID},{SECRET}\n", name).access_key_id == ID


def test_a_folder_of_the_same_name_does_not_hide_the_file(read, folder):
    (folder / "credential_file").mkdir()
    assert read(f"Access key ID,Secret access key\n{ID},{SECRET}\n").access_key_id == ID


def test_the_path_starts_at_the_folder_of_the_configuration(tmp_path, read):
    read(f"Access key ID,Secret access key\n{ID},{SECRET}\n")
    (tmp_path / "elsewhere").mkdir()
    other = tmp_path / "elsewhere" / "a.conf"
    other.write_text("[AWS]\naws_credential: ../work/credential_file\n")
    assert load(Overrides(conf=other)).credentials().access_key_id == ID


TWO = f"User name,Access key ID,Secret access key\njoe,{ID},{SECRET}\nann,AKIAOTHER00000000001,{OTHER}\n"


def test_one_of_several_users_is_chosen_behind_a_hash(read):
    assert read(TWO, "credential_file#ann").secret_access_key == OTHER
    assert read(TWO, "credential_file.csv#joe").secret_access_key == SECRET


def test_a_hash_may_also_be_a_part_of_the_file_name(folder, read):
    (folder / "a#b.csv").write_text(TWO)
    assert read("", "a#b#ann").user == "ann"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("credential_file", "credential_file.csv: has 2 access keys"),
        ("credential_file#bob", "credential_file.csv: has no access key of user 'bob'"),
        ("credential_file#", "credential_file.csv: has no access key of user ''"),
    ],
)
def test_several_users_without_a_choice_are_named(read, name, message):
    with pytest.raises(ConfigError) as caught:
        read(TWO, name)
    assert caught.value.message == message
    assert caught.value.hint == "choose a user with aws_credential: file.csv#user; there are: joe, ann"


def test_two_keys_of_one_user_cannot_be_told_apart(read):
    with pytest.raises(ConfigError) as caught:
        read(TWO.replace("ann", "joe"), "credential_file#joe")
    assert caught.value.message == "credential_file.csv: has 2 access keys of user 'joe'"
    assert caught.value.hint == "leave one line under the header"


def test_a_secret_in_the_place_of_a_user_is_not_listed(refused):
    rows = f"{SECRET},{ID},joe\n{OTHER},{ID},ann\n"
    assert (
        refused(f"User name,Access key ID,Secret access key\n{rows}")
        == "credential_file.csv: has 2 access keys"
    )


HEAD = "Access key ID,Secret access key\n"
NO_COLUMNS = "the first line does not name the columns 'Access key ID' and 'Secret access key'"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": is empty"),
        (",,\n;\n", ": is empty"),
        (HEAD, ": has no access key"),
        (f"Access key ID\n{ID}\n", f": {NO_COLUMNS} (it has one column)"),
        (f"{ID},{SECRET}\n", f": {NO_COLUMNS}"),
        (f"AWSAccessKeyId={ID}\nAWSSecretKey={SECRET}\n", f": {NO_COLUMNS} (it has one column)"),
        (f"Secret access key,Secret access key\n{SECRET},{SECRET}\n", f": {NO_COLUMNS}"),
        (f"{HEAD}{SECRET},{ID}\n", ":2: 'Access key ID' and 'Secret access key' are swapped"),
        (f"{HEAD}{ID},{ID}\n", ":2: 'Secret access key' holds an access key id, not a secret"),
        (f"{HEAD}{ID},\n", ":2: Secret access key is empty"),
        (f"{HEAD}{ID}\n", ":2: Secret access key is empty"),
        (f"\n{HEAD}\n,{SECRET}\n", ":4: Access key ID is empty"),
        (f"{HEAD}**Access_Key**,{SECRET}\n", ":2: Access key ID is still the placeholder **Access_Key**"),
        (f"{HEAD}{ID},**Secret_Key**\n", ":2: Secret access key is still the placeholder **Secret_Key**"),
        (f"{HEAD}{ID},<secret>\n", ":2: Secret access key is still the placeholder <secret>"),
        (f"{HEAD}{ID},**{SECRET}**\n", ":2: Secret access key is still the placeholder between ** or < >"),
        (
            f"{HEAD}{SECRET.replace('/', 'x').replace('+', 'y')},0\n",
            ":2: what stands under 'Access key ID' is not one",
        ),
        (f"{HEAD}{SECRET},{OTHER}\n", ":2: what stands under 'Access key ID' is not one"),
        (f"{HEAD}{ID},{SECRET} {OTHER}\n", ":2: what stands under 'Secret access key' is not one"),
        (f"{HEAD}{ID},{SECRET}é\n", ":2: what stands under 'Secret access key' is not one"),
        (f"{HEAD}{ID},{'x' * 200_000}\n", ":2: is not a line of CSV"),
        (
            f"{HEAD}ASIAQ7XN2V5LPRT3MZ4K,{SECRET}\n",
            ":2: this is a temporary key, which a CSV cannot hold (it needs a session token)",
        ),
        (HEAD.encode("utf-16"), ": is UTF-16 text; save it as UTF-8"),
        (HEAD.encode() + b"\xe9,\xe8\n", ":2: is not UTF-8 text (byte 0xe9)"),
        (b"PK\x03\x04\0\0", ":1: holds a NUL byte; this is not a text file"),
        (b"x" * (1 << 20) + b"y", ": is larger than 1 MiB; this cannot be the right file"),
    ],
)
def test_what_is_wrong_is_said_without_any_part_of_the_secret(refused, text, message):
    assert refused(text) == f"credential_file.csv{message}"


@pytest.mark.parametrize(
    "name", ["absent", "absent#joe", "no/such/folder/absent", "x" * 3000, "~nobody-of-this-name/x"]
)
def test_a_missing_file_is_named_with_the_folder_it_should_be_in(write, folder, name):
    write(f"[EC2]\n\naws_credential: {name}\n")
    conf = load()
    with pytest.raises(ConfigError) as caught:
        conf.credentials()
    assert caught.value.message.startswith("instance.conf:3: [EC2] aws_credential: there is no file '")
    assert caught.value.message.endswith(f"with or without '.csv' in {folder}")


@pytest.mark.parametrize("name", [SECRET, ID, f"keys/{SECRET}", f"{SECRET}#joe", f"/root/{SECRET}.csv"])
def test_a_secret_in_place_of_the_files_name_is_not_repeated(name):
    conf = load(Overrides(credentials=name))
    with pytest.raises(ConfigError) as caught:
        conf.credentials()
    assert SECRET[:8] not in caught.value.message
    assert ID not in caught.value.message


def test_a_file_that_others_can_read_is_a_warning_and_works(read, folder):
    assert read(f"{HEAD}{ID},{SECRET}\n")
    (folder / "credential_file.csv").chmod(0o640)
    assert load().warnings == (
        "credential_file.csv: others on this machine can read it; type: chmod 600 credential_file.csv",
    )
    assert load().credentials().access_key_id == ID
    (folder / "credential_file.csv").chmod(0o600)
    assert load().warnings == ()


def test_without_a_file_awss_own_chain_is_used(write):
    assert load().credentials() is None
    write("[EC2]\n")
    assert load().credentials() is None


def test_the_command_lines_file_is_looked_for_in_the_working_folder(tmp_path, folder):
    conf = tmp_path / "far.conf"
    conf.write_text("[EC2]\naws_credential: absent\n")
    (folder / "mine.csv").write_text(f"{HEAD}{ID},{SECRET}\n")
    assert load(Overrides(conf=conf, credentials="mine")).credentials().source == "mine.csv"
    with pytest.raises(ConfigError, match="--credentials: there is no file 'yours'"):
        load(Overrides(conf=conf, credentials="yours")).credentials()


def test_a_command_that_needs_no_credentials_does_not_miss_the_file(write):
    write("[EC2]\naws_credential: absent\n")
    assert load().warnings == ()
