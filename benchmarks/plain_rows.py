"""``python plain_rows.py BUCKET PREFIX ROWS TABLE HOST PORT``: rows one by one, by executemany.

The password of the database is in ESS_REDSHIFT_PASSWORD.
"""

import csv
import gzip
import io
import itertools
import os
import sys
from collections.abc import Iterator

import boto3
import redshift_connector


def main(bucket: str, prefix: str, rows: str, table: str, host: str, port: str) -> None:
    found = itertools.islice(_rows(bucket, prefix), int(rows))
    with redshift_connector.connect(
        host=host,
        port=int(port),
        database="dev",
        user="admin",
        password=os.environ["ESS_REDSHIFT_PASSWORD"],
        sslmode="verify-full",
    ) as connection:
        cursor = connection.cursor()
        cursor.executemany(f"insert into {table} values (%s, %s, %s, %s, %s, %s, %s)", list(found))
        connection.commit()


def _rows(bucket: str, prefix: str) -> Iterator[list[str]]:
    s3 = boto3.client("s3")
    for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:
        body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
        yield from csv.reader(io.TextIOWrapper(gzip.GzipFile(fileobj=io.BytesIO(body)), "utf-8", newline=""))


if __name__ == "__main__":
    main(*sys.argv[1:])
