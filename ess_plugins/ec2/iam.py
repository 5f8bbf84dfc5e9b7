"""The least permissions that each command of this plugin needs."""

from typing import Any

ANY = ["*"]
OURS = {"Null": {"ec2:ResourceTag/ess:cluster": "false"}}
TAGGED = {"Null": {"aws:RequestTag/ess:cluster": "false"}}
ACCOUNT = "arn:aws:ec2:*:*:"

LOOK = {"Action": ["ec2:DescribeInstances", "sts:GetCallerIdentity"], "Resource": ANY}
PREFLIGHT = {
    "Action": [
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInstances",
        "ec2:DescribeKeyPairs",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "servicequotas:GetServiceQuota",
        "ssm:GetParameters",
        "sts:GetCallerIdentity",
    ],
    "Resource": ANY,
}
BORN_TAGGED = {
    "Action": ["ec2:RunInstances"],
    "Resource": [ACCOUNT + kind for kind in ("instance/*", "volume/*", "network-interface/*")],
    "Condition": TAGGED,
}
MADE_FROM = {
    "Action": ["ec2:RunInstances"],
    "Resource": [
        "arn:aws:ec2:*::image/*",
        *(ACCOUNT + kind for kind in ("key-pair/*", "security-group/*", "subnet/*")),
    ],
}
TAG_AT_LAUNCH = {
    "Action": ["ec2:CreateTags"],
    "Resource": [ACCOUNT + "*/*"],
    "Condition": {"StringEquals": {"ec2:CreateAction": "RunInstances"}},
}
END_OURS = {"Action": ["ec2:TerminateInstances"], "Resource": [ACCOUNT + "instance/*"], "Condition": OURS}

STATEMENTS: dict[str, list[dict[str, Any]]] = {
    "instance ec2 create": [PREFLIGHT, BORN_TAGGED, MADE_FROM, TAG_AT_LAUNCH, END_OURS],
    "instance ec2 list": [LOOK],
    "instance ec2 ssh": [LOOK],
    "instance ec2 terminate": [LOOK, END_OURS],
}
