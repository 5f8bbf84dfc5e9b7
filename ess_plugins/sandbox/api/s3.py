"""What moto's S3 gets wrong: a key with a line break is no path to it, and it tells no bucket's region."""

from typing import Any

from moto.moto_server import werkzeug_app
from moto.moto_server.utilities import RegexConverter
from moto.s3.responses import S3Response


class AnyTextConverter(RegexConverter):
    """Part of a path in which ``.`` stands for any character, a line break too."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.regex = f"(?s:{self.regex})"


_all_buckets = S3Response.all_buckets


def all_buckets_with_regions(response: Any) -> Any:
    """Answer ListBuckets as moto does, with the region of each bucket."""
    serialized = response.serialized

    def with_regions(answer: Any) -> Any:
        for item in answer.result["Buckets"]:
            item["BucketRegion"] = response.backend.get_bucket(item["Name"]).region_name
        return serialized(answer)

    response.serialized = with_regions
    try:
        return _all_buckets(response)
    finally:
        del response.serialized


def install() -> None:
    """Correct moto's classes, which it gives no way to replace."""
    werkzeug_app.RegexConverter = AnyTextConverter  # type: ignore[attr-defined]
    S3Response.all_buckets = all_buckets_with_regions  # type: ignore[method-assign,assignment]
