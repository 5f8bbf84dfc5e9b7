"""The peer of the listing benchmark: boto3's paginator in a straight script that prints size and key.

``plain_listing.py BUCKET``; endpoint and key come from the environment.
"""

import sys

import boto3


def main():
    pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=sys.argv[1])
    for page in pages:
        for item in page.get("Contents", ()):
            print(item["Size"], item["Key"])


if __name__ == "__main__":
    main()
