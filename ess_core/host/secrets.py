"""What is written to stderr never holds a secret, nor control characters of a hostile name."""

import os
import re

from ess_core.host.escape import visible

VARIABLES = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ESS_REDSHIFT_PASSWORD")
_SECRET_KEY = re.compile(
    r"(?<![\w/+=])(?=[\w/+]*[a-z])(?=[\w/+]*[A-Z])(?=[\w/+]*[0-9])[A-Za-z0-9/+]{40}(?![\w/+=])"
)


def safe(text: str) -> str:
    """``text`` with ``***`` for what is, or has the form of, a secret access key; control bytes escaped."""
    for name in VARIABLES:
        if value := os.environ.get(name):
            text = text.replace(value, "***")
    return visible(_SECRET_KEY.sub("***", text))
