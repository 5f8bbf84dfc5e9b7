"""The user's own tags are on everything that is launched, never in the way of ess's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_plugins.ec2 import owntags
from tests.ess_plugins.ec2.conftest import set_conf

NAME = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=128).filter(
    lambda name: not name.lower().startswith(("aws", "ess")) and name != "Name"
)
VALUE = st.text(st.characters(categories=("L", "N", "P"), exclude_characters=","), max_size=256)


def _faults(words):
    found = []
    owntags.check("tags", list(words), lambda field, text: found.append(f"{field} {text}"))
    return found


@given(st.dictionaries(NAME, VALUE, max_size=owntags.MOST))
def test_what_ec2_allows_is_read_as_it_is(wanted):
    words = [f"{name}={value}" for name, value in wanted.items()]
    assert _faults(words) == []
    assert owntags.read(words) == wanted


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["Team"], "tags has 'Team', which is not a tag such as Team=data"),
        (["=data"], "tags has '=data', which is not a tag such as Team=data"),
        (["aws:x=1"], "tags has the tag aws:x; AWS keeps names that begin with aws: to itself"),
        (["AWS:x=1"], "tags has the tag AWS:x; AWS keeps names that begin with aws: to itself"),
        (["ess:owner=me"], "tags has the tag ess:owner; ess keeps names that begin with ess: to itself"),
        (["Name=me"], "tags has the tag Name, which is what instance_tag is for"),
        (["a=1", "a=2"], "tags has the tag a twice"),
        (["a" * 129 + "=1"], "tags has a tag whose name is longer than 128 characters"),
        (["a=" + "1" * 257], "tags has a value of a longer than 256 characters"),
        ([f"t{n}=1" for n in range(46)], "tags has 46 tags; EC2 allows 50, and ess itself needs 5"),
    ],
)
def test_what_ec2_or_ess_would_stumble_over_is_refused(words, fault):
    assert _faults(words) == [fault]


def test_tags_are_on_instances_volumes_and_interfaces(sandbox, ess, create):
    set_conf(ess.cwd, tags="Team=data, Cost Center=42, Url=https://x?a=b, Empty=")
    assert create("--number=1").returncode == 0
    ec2 = sandbox.client("ec2")
    filters = [{"Name": "tag:Cost Center", "Values": ["42"]}]
    (reservation,) = ec2.describe_instances(Filters=filters)["Reservations"]
    found = {
        "instance": reservation["Instances"][0]["Tags"],
        "volume": ec2.describe_volumes(Filters=filters)["Volumes"][0]["Tags"],
        "interface": ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"][0]["TagSet"],
    }
    for tags in found.values():
        told = {pair["Key"]: pair["Value"] for pair in tags}
        assert told["Team"] == "data"
        assert (told["Url"], told["Empty"]) == ("https://x?a=b", "")
        assert told["Name"] == "Essentia Worker Node"
        assert told["ess:launch"].startswith("l-")


def test_ess_finds_and_ends_what_has_tags_of_the_users(sandbox, ess, create, here):
    set_conf(ess.cwd, tags="Team=data")
    create("--number=1")
    assert here("instance", "ec2", "terminate", "all").returncode == 0
    assert sandbox.live() == []
