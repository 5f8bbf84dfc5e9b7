"""A bucket with orders, an empty table in a warehouse, and one command after the other that loads them."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import measured
from benchmarks.family import Family
from benchmarks.ground import Desk, Ground
from benchmarks.measured import Measured
from benchmarks.orders import COLUMNS, Orders, Sums
from benchmarks.timing import BIN
from ess_plugins.redshift import driver
from ess_plugins.redshift.endpoints import Endpoint
from ess_plugins.redshift.logins import Login

BUCKET, PREFIX, STAGING, TABLE = "benchmark-orders", "orders/", "staging", "orders"
_CLUSTER, _PATIENCE_S = "essentia-warehouse", 60
_MAKE = (
    f"create table {TABLE} (ordered_at timestamp, customer bigint, country varchar(64), product varchar(64), "
    "price double precision, quantity bigint, comment varchar(64))"
)
_SUMS = f"select count(*), sum(quantity)::bigint, round(sum(price) * 100)::bigint from {TABLE}"
_COPIES = (
    "select coalesce(extract(epoch from sum(endtime - starttime)), 0)::float8 from stl_query "
    "where querytxt ilike 'copy %'"
)


@dataclass(frozen=True)
class Loading:
    """One run: the whole of it, how long COPY took of that, and the memory of all processes of such a run."""

    run: Measured
    copy_s: float
    family_bytes: int = 0

    @property
    def client_s(self) -> float:
        """Wall seconds without COPY."""
        return self.run.seconds - self.copy_s

    def times(self, factor: float) -> "Loading":
        """What so many times the work would have taken."""
        run = replace(self.run, seconds=self.run.seconds * factor, cpu_s=self.run.cpu_s * factor)
        return replace(self, run=run, copy_s=self.copy_s * factor)


class Track:
    """All tools take turns on it; ``at`` is host and port of the warehouse."""

    def __init__(self, ground: Ground, desk: Desk, place: Path) -> None:
        found = ground.client("redshift").describe_clusters(ClusterIdentifier=_CLUSTER)["Clusters"][0]
        self.at = (found["Endpoint"]["Address"], str(found["Endpoint"]["Port"]))
        self._env = desk.env | {"ESS_REDSHIFT_PASSWORD": ground.redshift_password}
        self._place = place
        self._s3 = ground.client("s3")
        self._s3.create_bucket(Bucket=BUCKET)
        endpoint = Endpoint(found["Endpoint"]["Address"], found["Endpoint"]["Port"])
        login = Login("admin", ground.redshift_password)
        self._connection = driver.dial(endpoint, "dev", login, _PATIENCE_S, ground.redshift_ca)
        self._sql(_MAKE)
        where = ("--host", self.at[0], "--port", self.at[1])  # which the others are told too
        staging = ("--staging", f"s3://{BUCKET}/{STAGING}", "--iam-role", "default")
        self._ess("redshift", "register", _CLUSTER, "dev", "admin", "--auth", "password", *where, *staging)
        self._ess("select", f"s3://{BUCKET}")

    def fill(self, orders: Orders) -> None:
        """Have these files in the bucket, and for ess a category of them."""
        for name, content in orders.files():
            self._s3.put_object(Bucket=BUCKET, Key=PREFIX + name, Body=content)
        files = f"{PREFIX}*.csv.gz"
        self._ess("category", "add", TABLE, files, "--columnspec", COLUMNS, "--overwrite")

    def load(self, argv: Sequence[str], wanted: Sums) -> Loading:
        """Run one command on an empty table; raises where it fails, or the table has not what is wanted."""
        before_s = self._copies_s()
        run = self._checked(argv, self._env, wanted)
        return Loading(run, self._copies_s() - before_s)

    def memory(self, argv: Sequence[str], wanted: Sums) -> int:
        """The memory of all processes of one more run, which is slower as somebody looks on."""
        family = Family(self._env)
        with family.watched():
            self._checked(argv, family.env, wanted)
        return family.peak_bytes

    def _checked(self, argv: Sequence[str], env: Mapping[str, str], wanted: Sums) -> Measured:
        self._empty()
        run = measured.once(argv, env, self._place / "out")
        if run.failure:
            raise RuntimeError(f"{argv[0]} {run.failure}")
        (got,) = self._sql(_SUMS)
        if Sums(*got) != wanted:
            raise RuntimeError(f"{argv[0]} loaded {got}, and there is {wanted}")
        return run

    def close(self) -> None:
        """End the connection that looks at the table."""
        self._connection.close()

    def _empty(self) -> None:
        """No rows, no ledger, nothing cleaned before."""
        self._sql(f"truncate {TABLE}")
        self._sql("drop table if exists public.ess_load_ledger")
        self._ess("cache", "clear")

    def _copies_s(self) -> float:
        return float(self._sql(_COPIES)[0][0])

    def _sql(self, sql: str) -> list[list[Any]]:
        cursor = self._connection.cursor()
        cursor.execute(sql)
        return [list(row) for row in cursor.fetchall()] if cursor.description else []

    def _ess(self, *words: str) -> None:
        argv = [str(BIN / "ess"), *words]
        done = subprocess.run(argv, env=self._env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"ess {' '.join(words)}: {done.stderr}")
