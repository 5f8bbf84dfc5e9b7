"""What may stand in ``[Data]`` of instance.conf."""

from typing import Any

from ess_core.conf import scratch
from ess_core.tables.cache import limit

SECTION: dict[str, dict[str, Any]] = {
    limit.KEY: {
        "type": "string",
        "check_with": limit.check,
        "default": limit.DEFAULT,
        "meta": {
            "help": "what the cleaned parts of files may take in ESS_HOME; the least used go, 0B keeps none",
            "example": limit.DEFAULT,
        },
    },
    scratch.KEY: {
        "type": "string",
        "check_with": scratch.check,
        "meta": {
            "help": "where workers leave files for this machine while a command runs; without it, work that "
            "leaves any stays on this machine",
            "example": "s3://my-bucket/tmp",
        },
    },
}
