"""Values as the Data API writes them, made what the driver gives."""

import struct
from collections.abc import Mapping
from typing import Any

_FIELDS = ("stringValue", "longValue", "doubleValue", "booleanValue", "blobValue")


def value(field: Mapping[str, Any], type_name: str) -> Any:
    """The value of a field, of which one is set, in a column of that type.

    Source: https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_Field.html
    """
    found = next((field[name] for name in _FIELDS if name in field), None)
    return _single(found) if type_name == "float4" and found is not None else found


def _single(number: float) -> float:
    """What the 32 bits of a REAL are, which the API may have rounded for a reader."""
    (exact,) = struct.unpack("f", struct.pack("f", number))
    return float(exact)
