"""What the redshift plugin adds to ess."""

from collections.abc import Iterator, Mapping
from typing import Any

from ess_core.host import Command, hookimpl
from ess_plugins.redshift import schema

_COMMANDS = "ess_plugins.redshift.commands"


@hookimpl
def ess_commands() -> Iterator[Command]:
    yield Command(
        "redshift clean",
        f"{_COMMANDS}.clean:Clean",
        "Remove what loads that were killed left behind in the staging folder.",
    )
    yield Command(
        "redshift deregister",
        f"{_COMMANDS}.register:Deregister",
        "Forget a warehouse; it and its tables stay as they are.",
    )
    yield Command(
        "redshift gentable", f"{_COMMANDS}.gentable:Gentable", "Make the table that fits a category."
    )
    yield Command(
        "redshift history",
        f"{_COMMANDS}.history:History",
        "Show what was loaded into the tables of the warehouse, the newest first.",
    )
    yield Command(
        "redshift list",
        f"{_COMMANDS}.list:List",
        "Show the Redshift clusters and serverless workgroups of the account.",
    )
    yield Command(
        "redshift register",
        f"{_COMMANDS}.register:Register",
        "Keep a warehouse under a label, for the other commands to work on.",
    )
    yield Command(
        "redshift sql",
        f"{_COMMANDS}.sql:Sql",
        "Run SQL statements in the warehouse, and show what they answer.",
    )
    yield Command(
        "redshift stream",
        f"{_COMMANDS}.stream:Stream",
        "Load the files of a category into a table, each exactly once.",
    )
    yield Command(
        "redshift status",
        f"{_COMMANDS}.status:Status",
        "Show whether the warehouse can be worked on, and as whom.",
    )


@hookimpl
def ess_config() -> Mapping[str, Any]:
    return {schema.SECTION_NAME: schema.SECTION}


@hookimpl
def ess_checks() -> Mapping[str, str]:
    return {"redshift clusters": "ess_plugins.redshift.doctor:clusters"}


@hookimpl
def ess_iam() -> Mapping[str, Any]:
    """What connecting needs, and the Data API: of these, a warehouse with one kind of login uses a part.

    Which cluster, workgroup, user and secret, only the user can say.
    """
    look = {"Action": ["redshift:DescribeClusters"], "Resource": ["*"]}
    connect = [
        {"Action": ["redshift:DescribeClusters", "redshift-serverless:GetWorkgroup"], "Resource": ["*"]},
        {
            "Action": [
                "redshift:GetClusterCredentials",
                "redshift:GetClusterCredentialsWithIAM",
                "redshift-serverless:GetCredentials",
                "secretsmanager:GetSecretValue",
            ],
            "Resource": ["*"],
        },
    ]
    files = [
        {"Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::*"]},
        {"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::*/*"]},
    ]
    by_api = [
        {
            "Action": [
                "redshift-data:ExecuteStatement",
                "redshift-data:DescribeStatement",
                "redshift-data:GetStatementResult",
                "redshift-data:CancelStatement",
            ],
            "Resource": ["*"],
        },
    ]
    batch = {"Action": ["redshift-data:BatchExecuteStatement"], "Resource": ["*"]}
    staged = ["arn:aws:s3:::*/ess-staging/*"]
    return {
        "doctor": [look],
        "redshift gentable": [*connect, *files],
        "redshift clean": [
            {"Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::*"]},
            {"Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "Resource": staged},
        ],
        "redshift history": connect,
        "redshift list": [
            look,
            {
                "Action": ["redshift-serverless:ListWorkgroups", "redshift-serverless:ListNamespaces"],
                "Resource": ["*"],
            },
        ],
        "redshift register": connect,
        "redshift sql": [*connect, *by_api, batch],
        "redshift stream": [
            *connect,
            *files,
            {
                "Action": ["s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"],
                "Resource": staged,
            },
            {"Action": ["sts:GetSessionToken"], "Resource": ["*"]},
        ],
        "redshift status": [*connect, *by_api],
    }
