"""The sections and keys that belong to the core, so that they work whichever plugins are blocked."""

from typing import Any

AWS = "AWS"
EC2 = "EC2"
PLUGINS = "plugins"
AWS_SECTIONS = (AWS, EC2)
"""Where the core looks for AWS_KEYS, in this order: users have always had them in ``[EC2]``."""

REGION_FORM = "[a-z]{2,8}(-[a-z]+)+-[0-9]+"

AWS_KEYS: dict[str, Any] = {
    "aws_credential": {
        "type": "string",
        "meta": {
            "help": "console CSV, path relative to this file, '.csv' optional; without it: AWS's own chain",
            "example": "credential_file",
            "init": True,
        },
    },
    "profile": {
        "type": "string",
        "meta": {"help": "a profile of ~/.aws/config, in place of aws_credential", "example": "default"},
    },
    "region": {
        "type": "string",
        "regex": REGION_FORM,
        "meta": {
            "help": "--region overrides; else AWS_REGION, the profile's, us-east-1",
            "example": "us-east-1",
            "expected": "a region such as us-east-1",
        },
    },
}

SECTIONS: dict[str, dict[str, Any]] = {
    AWS: AWS_KEYS,
    PLUGINS: {
        "block": {
            "type": "list",
            "meta": {"help": "plugins not to load, comma separated", "example": "redshift, sandbox"},
        },
    },
}
