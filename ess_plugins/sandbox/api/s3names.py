"""Which S3 operation a request is: its name as in the S3 API reference."""

from collections.abc import Mapping

_SERVICE = {"GET": "ListBuckets"}
_BUCKET = {"GET": "ListObjects", "PUT": "CreateBucket", "DELETE": "DeleteBucket", "HEAD": "HeadBucket"}
_OBJECT = {"GET": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject", "HEAD": "HeadObject"}

_PARTS = {
    ("GET", "list-type"): "ListObjectsV2",
    ("GET", "versions"): "ListObjectVersions",
    ("GET", "location"): "GetBucketLocation",
    ("GET", "requestPayment"): "GetBucketRequestPayment",
    ("GET", "uploads"): "ListMultipartUploads",
    ("GET", "uploadId"): "ListParts",
    ("POST", "delete"): "DeleteObjects",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("PUT", "requestPayment"): "PutBucketRequestPayment",
    ("PUT", "partNumber"): "UploadPart",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
}
"""(method, a query field that makes it another operation) -> name."""

_ASPECTS = ("acl", "cors", "encryption", "lifecycle", "policy", "tagging", "versioning", "website")
_VERBS = {"GET": "Get", "PUT": "Put", "DELETE": "Delete"}

_PERMISSIONS = {
    "ListBuckets": "ListAllMyBuckets",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "CopyObject": "PutObject",
    "DeleteObjects": "DeleteObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
}
"""Operation -> the action of IAM that it needs, where that has another name."""


def permission(operation: str) -> str:
    """The action of IAM, without ``s3:``, that an operation needs.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    """
    return _PERMISSIONS.get(operation, operation)


def operation(method: str, path: str, query: Mapping[str, str], copies: bool) -> str:
    """Name the operation; ``copies`` says whether the request names a copy source."""
    for (verb, field), name in _PARTS.items():
        if verb == method and field in query:
            return name
    bucket, _, key = path.lstrip("/").partition("/")
    kind = "Object" if key else "Bucket"
    for aspect in _ASPECTS:
        if aspect in query and method in _VERBS:
            return f"{_VERBS[method]}{kind}{aspect.capitalize()}"
    if copies and method == "PUT":
        return "CopyObject"
    names = _OBJECT if key else _BUCKET if bucket else _SERVICE
    return names.get(method, f"{method} {kind}")
