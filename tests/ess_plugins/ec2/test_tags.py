"""A filter finds exactly one value, and tags travel both ways."""

import pytest

from ess_plugins.ec2 import tags


@pytest.mark.parametrize(
    ("value", "sent"),
    [("nightly", "nightly"), ("a*b", "a\\*b"), ("a?b", "a\\?b"), ("a\\b", "a\\\\b"), ("\\*", "\\\\\\*")],
)
def test_a_filter_takes_nothing_for_a_wildcard(value, sent):
    assert tags.having(tags.CLUSTER, value) == {"Name": "tag:ess:cluster", "Values": [sent]}


def test_tags_are_read_as_a_dict():
    assert tags.read([{"Key": "Name", "Value": "x"}, {"Key": "ess:owner", "Value": ""}]) == {
        "Name": "x",
        "ess:owner": "",
    }
