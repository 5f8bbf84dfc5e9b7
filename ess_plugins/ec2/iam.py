"""The least permissions that each command of this plugin needs.

sts:GetCallerIdentity is not among them: AWS asks no permission for it. With ``iam_instance_profile`` a launch
needs iam:PassRole on that profile's role as well, which only its owner can name. The first spot instance of
an account needs iam:CreateServiceLinkedRole, once and by anybody, for spot.amazonaws.com.
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from typing import Any

ANY = ["*"]
OURS = {"Null": {"ec2:ResourceTag/ess:cluster": "false"}}
TAGGED = {"Null": {"aws:RequestTag/ess:cluster": "false"}}
ACCOUNT = "arn:aws:ec2:*:*:"

LOOK = {"Action": ["ec2:DescribeInstances"], "Resource": ANY}
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
    ],
    "Resource": ANY,
}
NEWEST_IMAGE = {
    "Action": ["ssm:GetParameters"],
    "Resource": ["arn:aws:ssm:*::parameter/aws/service/ami-amazon-linux-latest/*"],
}
MADE = [
    ACCOUNT + kind for kind in ("instance/*", "volume/*", "network-interface/*", "spot-instances-request/*")
]
BORN_TAGGED = {"Action": ["ec2:RunInstances"], "Resource": MADE, "Condition": TAGGED}
MADE_FROM = {
    "Action": ["ec2:RunInstances"],
    "Resource": [
        "arn:aws:ec2:*::image/*",
        *(ACCOUNT + kind for kind in ("key-pair/*", "security-group/*", "subnet/*")),
    ],
}
TAG_AT_LAUNCH = {
    "Action": ["ec2:CreateTags"],
    "Resource": MADE,
    "Condition": {"StringEquals": {"ec2:CreateAction": "RunInstances"}},
}


def _on_ours(action: str) -> dict[str, Any]:
    return {"Action": [action], "Resource": [ACCOUNT + "instance/*"], "Condition": OURS}


END_OURS = _on_ours("ec2:TerminateInstances")
START_OURS = _on_ours("ec2:StartInstances")
STOP_OURS = _on_ours("ec2:StopInstances")
OUR_TAGS = {"ForAllValues:StringEquals": {"aws:TagKeys": ["ess:adopted", "ess:cluster", "ess:owner"]}}
ADOPT = {  # whoever may do this can get hold of any instance: it is for these commands only
    "Action": ["ec2:CreateTags"],
    "Resource": [ACCOUNT + "instance/*"],
    "Condition": {**OUR_TAGS, "Null": {"aws:TagKeys": "false"}},
}
LET_GO = {
    "Action": ["ec2:CreateTags", "ec2:DeleteTags"],
    "Resource": [ACCOUNT + "instance/*"],
    "Condition": {**OUR_TAGS, "Null": {"aws:TagKeys": "false", "ec2:ResourceTag/ess:cluster": "false"}},
}


BORN_MARKED = {"Null": {"aws:RequestTag/ess:setup": "false"}}
FROM_SETUP = {"Null": {"ec2:ResourceTag/ess:setup": "false"}}
GROUP, KEY, RULE = (ACCOUNT + kind for kind in ("security-group/*", "key-pair/*", "security-group-rule/*"))
LET_IN = "ec2:AuthorizeSecurityGroupIngress"
SETUP: list[dict[str, Any]] = [
    {
        "Action": [
            "ec2:DescribeInstances",
            "ec2:DescribeKeyPairs",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
        ],
        "Resource": ANY,
    },
    {"Action": ["ec2:ImportKeyPair"], "Resource": [KEY], "Condition": BORN_MARKED},
    {"Action": ["ec2:CreateSecurityGroup"], "Resource": [GROUP], "Condition": BORN_MARKED},
    {"Action": ["ec2:CreateSecurityGroup"], "Resource": [ACCOUNT + "vpc/*"]},
    {"Action": [LET_IN], "Resource": [RULE], "Condition": BORN_MARKED},
    {"Action": [LET_IN, "ec2:DeleteSecurityGroup"], "Resource": [GROUP], "Condition": FROM_SETUP},
    {"Action": ["ec2:DeleteKeyPair"], "Resource": [KEY], "Condition": FROM_SETUP},
    {
        "Action": ["ec2:CreateTags"],
        "Resource": [GROUP, KEY, RULE],
        "Condition": {
            "StringEquals": {
                "ec2:CreateAction": ["AuthorizeSecurityGroupIngress", "CreateSecurityGroup", "ImportKeyPair"]
            }
        },
    },
]

LAUNCH: list[dict[str, Any]] = [PREFLIGHT, NEWEST_IMAGE, BORN_TAGGED, MADE_FROM, TAG_AT_LAUNCH, END_OURS]

STATEMENTS: dict[str, list[dict[str, Any]]] = {
    "doctor": LAUNCH,  # it tries with DryRun what a launch does
    "instance ec2 add": [LOOK, ADOPT],
    "instance ec2 create": LAUNCH,
    "instance ec2 existing": [LOOK, ADOPT],
    "instance ec2 list": [LOOK, {"Action": ["ec2:DescribeRegions"], "Resource": ANY}],
    "instance ec2 remove": [LOOK, LET_GO, END_OURS],
    "instance ec2 setup": SETUP,
    "instance ec2 ssh": [LOOK],
    "instance ec2 start": [LOOK, START_OURS],
    "instance ec2 stop": [LOOK, STOP_OURS],
    "instance ec2 terminate": [LOOK, END_OURS],
    "instance status": [LOOK],
}
