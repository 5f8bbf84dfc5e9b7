"""What may stand in ``[Redshift]`` of instance.conf."""

from typing import Any

from ess_plugins.redshift.warehouse import (
    HOST_FORM,
    NAME_FORM,
    PORT,
    ROLE_FORM,
    SECRET_FORM,
    STAGING_FORM,
    Auth,
)

SECTION_NAME = "Redshift"
_LONGEST_S = 24 * 3600

SECTION: dict[str, dict[str, Any]] = {
    "cluster": {
        "type": "string",
        "regex": NAME_FORM,
        "excludes": "workgroup",
        "meta": {
            "help": "the cluster to work on where none is registered; with database",
            "example": "warehouse",
            "expected": "the name of a cluster, and no workgroup beside it",
        },
    },
    "workgroup": {
        "type": "string",
        "regex": NAME_FORM,
        "excludes": "cluster",
        "meta": {
            "help": "the serverless workgroup, in place of cluster",
            "example": "analytics",
            "expected": "the name of a workgroup, and no cluster beside it",
        },
    },
    "database": {
        "type": "string",
        "maxlength": 127,
        "meta": {"help": "the database to work in", "example": "dev"},
    },
    "user": {
        "type": "string",
        "maxlength": 128,
        "meta": {
            "help": "who logs in; with IAM, without it: the user who stands for you",
            "example": "admin",
        },
    },
    "auth": {
        "type": "string",
        "allowed": [str(auth) for auth in Auth],
        "default": str(Auth.IAM),
        "meta": {
            "help": "by temporary credentials, by a password that is asked for, or by secret_arn",
            "example": "iam",
        },
    },
    "secret_arn": {
        "type": "string",
        "regex": SECRET_FORM,
        "meta": {
            "help": "the secret with username and password, for auth: secret",
            "example": "arn:aws:secretsmanager:us-east-1:123456789012:secret:warehouse-Ab12Cd",
            "expected": "the ARN of a secret",
        },
    },
    "host": {
        "type": "string",
        "regex": HOST_FORM,
        "meta": {
            "help": "where it answers, in place of its own endpoint (a tunnel, a VPC endpoint)",
            "example": "warehouse.example.com",
            "expected": "the name of a host",
        },
    },
    "port": {
        "type": "integer",
        "min": 1,
        "max": 65535,
        "meta": {"help": "its port, in place of the endpoint's", "example": str(PORT)},
    },
    "iam_role": {
        "type": "string",
        "regex": f"default|{ROLE_FORM}",
        "meta": {
            "help": "as whom COPY reads the bucket; default is the warehouse's own default role",
            "example": "arn:aws:iam::123456789012:role/redshift-load",
            "expected": "default, or the ARN of a role",
        },
    },
    "staging": {
        "type": "string",
        "regex": STAGING_FORM,
        "meta": {
            "help": "the folder of a bucket where loads put their files for COPY",
            "example": "s3://my-bucket/staging",
            "expected": "s3://BUCKET or s3://BUCKET/FOLDER",
        },
    },
    "ca_file": {
        "type": "string",
        "meta": {
            "help": "certificates to trust besides Redshift's own, path relative to this file",
            "example": "ca.pem",
        },
    },
    "connect_timeout": {
        "type": "integer",
        "min": 1,
        "max": 3600,
        "default": 30,
        "meta": {"help": "seconds to wait for an answer when connecting", "example": "30"},
    },
    "statement_timeout": {
        "type": "integer",
        "min": 0,
        "max": _LONGEST_S,
        "default": 0,
        "meta": {"help": "seconds after which Redshift ends a statement; 0 is never", "example": "3600"},
    },
}
