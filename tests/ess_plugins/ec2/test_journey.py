"""The main job by real processes: launch, look, log in, end; and what it may cost in calls."""

import re

CREATED = ("ec2", "instance", "create")
READS = {
    "ec2:DescribeImages": 1,
    "ec2:DescribeInstanceTypeOfferings": 1,
    "ec2:DescribeInstanceTypes": 1,
    "ec2:DescribeKeyPairs": 1,
    "ec2:DescribeSecurityGroups": 1,
    "ec2:DescribeSubnets": 1,
    "servicequotas:GetServiceQuota": 1,
    "ssm:GetParameters": 1,
    "sts:GetCallerIdentity": 1,
}
TABLE = """\
+---------------------+-----------+---------+------------+------------+-----------+---------------------+
| id                  | type      | state   | zone       | private_ip | public_ip | reservation_id      |
+---------------------+-----------+---------+------------+------------+-----------+---------------------+
| I                   | m3.medium | running | us-east-1a | 127.1.0.4  | P         | R                   |
| I                   | m3.medium | running | us-east-1a | 127.1.0.5  | P         | R                   |
+---------------------+-----------+---------+------------+------------+-----------+---------------------+
"""


def _stable(table):
    """The same with what differs each time as one letter, and the columns it stretches as in TABLE."""
    for pattern, letter in ((r"i-\w{17}", "I"), (r"r-\w{17}", "R"), (r"127\.2\.\d+\.\d+ *", "P")):
        table = re.sub(rf"{pattern}", lambda found, letter=letter: letter.ljust(len(found[0])), table)
    return re.sub(r"P +", "P         ", re.sub(r"(public_ip|-{11})( *|-*)", r"\1", table))


def test_the_journey_from_three_files_to_nothing_left(sandbox, ess):
    created = ess("instance", "ec2", "create")
    assert created.returncode == 0, created.stderr
    print(created.stdout, created.stderr)
