"""``python plain_wrangler.py BUCKET PREFIX STAGING TABLE HOST PORT``: what a user of awswrangler writes.

The password of the database is in ESS_REDSHIFT_PASSWORD.
"""

import os
import sys

import awswrangler as wr
import redshift_connector

NAMES = ["ordered_at", "customer", "country", "product", "price", "quantity", "comment"]
TYPES = {
    "customer": "int64",
    "price": "float64",
    "quantity": "int64",
    "country": "string",
    "product": "string",
}


def main(bucket: str, prefix: str, staging: str, table: str, host: str, port: str) -> None:
    frame = wr.s3.read_csv(
        f"s3://{bucket}/{prefix}",
        names=NAMES,
        header=None,
        dtype={**TYPES, "comment": "string"},
        parse_dates=["ordered_at"],
    )
    with redshift_connector.connect(
        host=host,
        port=int(port),
        database="dev",
        user="admin",
        password=os.environ["ESS_REDSHIFT_PASSWORD"],
        sslmode="verify-full",
    ) as connection:
        wr.redshift.copy(
            df=frame,
            path=f"s3://{bucket}/{staging}",
            con=connection,
            table=table,
            schema="public",
            mode="append",
            iam_role="arn:aws:iam::123456789012:role/loader",
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
