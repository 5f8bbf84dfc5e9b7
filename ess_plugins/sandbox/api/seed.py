"""What a new sandbox holds: a key pair, a security group, two buckets, one of dated files, two warehouses."""

import gzip
import json
import random
import secrets
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.redshift.models import redshift_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends

from ess_plugins.sandbox.api.keys import ACCOUNT
from ess_plugins.sandbox.api.redshift.warehouses import Login, Warehouses, Workgroup
from ess_plugins.sandbox.settings import PROFILE, SCRATCH

KEY_NAME = "pem_file"
GROUP = "essentia-access"
BUCKET = "essentia-samples"
CLUSTER, WORKGROUP = "essentia-warehouse", "essentia-workgroup"
MASTER, DATABASE = "admin", "dev"
_WORKERS_DO = ("s3:Get*", "s3:List*", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
SECRET = "essentia-warehouse-admin"  # noqa: S105 - the name of a secret
_COUNTRIES = ("DE", "FR", "IN", "JP", "US")
_DAYS = 5
_RECENT = 3
_ORDERS_A_DAY = 200
_DIRTY = "2026-01-02T06:00:00"  # an order whose amount is no number


@dataclass(frozen=True)
class Seeded:
    """What the user needs of it: the private key, and the password of both warehouses' first user."""

    pem: str = field(repr=False)
    redshift_password: str = field(repr=False)


def seed(region: str, ssh_port: int, warehouses: Warehouses) -> Seeded:
    """Fill ``region`` of the first account."""
    ec2 = ec2_backends[ACCOUNT][region]
    pair = ec2.create_key_pair(KEY_NAME, "rsa", {})
    group = ec2.create_security_group(GROUP, "SSH for ess", vpc_id=ec2.default_vpc.id)
    port = str(ssh_port)
    ec2.authorize_security_group_ingress(group.id, "tcp", port, port, [{"CidrIp": "127.0.0.0/8"}])
    _create_profile()
    _make_buckets(region)
    password = f"Aa1{secrets.token_hex(14)}"
    _create_cluster(region, password)
    master = Login(MASTER, MASTER, password, superuser=True)
    address = warehouses.new_address()
    warehouses.workgroups.append(Workgroup(WORKGROUP, ACCOUNT, region, address, master))
    _create_secret(region, password, warehouses.opening.port)
    return Seeded(pair.key_material, password)


def _create_profile() -> None:
    """A role that may use any bucket, and do nothing else."""
    iam = iam_backends[ACCOUNT]["aws"]
    trusted = _policy("sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})
    iam.create_role(PROFILE, trusted, "/", None, "for workers of ess", [], "3600")
    iam.put_role_policy(PROFILE, "buckets", _policy(*_WORKERS_DO, Resource="arn:aws:s3:::*"))
    iam.create_instance_profile(PROFILE, "/", [])
    iam.add_role_to_instance_profile(PROFILE, PROFILE)


def _policy(*actions: str, **rest: Any) -> str:
    statement = {"Effect": "Allow", "Action": actions, **rest}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _make_buckets(region: str) -> None:
    s3 = s3_backends[ACCOUNT]["aws"]
    s3.create_bucket(BUCKET, region)
    s3.create_bucket(SCRATCH, region)
    for number in range(_DAYS):
        day = date(2026, 1, 1) + timedelta(days=number)
        file = gzip.compress(_orders(day).encode(), mtime=0)
        s3.put_object(
            BUCKET, f"orders_{day}.csv.gz" if number < _RECENT else f"archive/orders_{day}.csv.gz", file
        )


def _orders(day: date) -> str:
    """Orders of one day as CSV; the same in every sandbox."""
    chance = random.Random(day.toordinal())  # noqa: S311 - sample data, not a secret
    lines = ["order_id,ordered_at,country,items,amount"]
    for number in range(_ORDERS_A_DAY):
        minute = number * 1440 // _ORDERS_A_DAY
        ordered_at = f"{day}T{minute // 60:02}:{minute % 60:02}:00"
        items = chance.randint(1, 9)
        country = chance.choice(_COUNTRIES)
        amount = f"{items * chance.randint(199, 4999) / 100:.2f}" if ordered_at != _DIRTY else "n/a"
        lines.append(f"{day:%Y%m%d}{number:04},{ordered_at},{country},{items},{amount}")
    return "\n".join(lines) + "\n"


def _create_cluster(region: str, password: str) -> None:
    redshift_backends[ACCOUNT][region].create_cluster(
        cluster_identifier=CLUSTER,
        node_type="ra3.xlplus",
        master_username=MASTER,
        master_user_password=password,
        db_name=DATABASE,
        cluster_type="single-node",
        cluster_security_groups=[],
        vpc_security_group_ids=[],
        cluster_subnet_group_name="",
        availability_zone=f"{region}a",
        preferred_maintenance_window="Mon:03:00-Mon:03:30",
        cluster_parameter_group_name="",
        automated_snapshot_retention_period="1",
        port="5439",
        cluster_version="1.0",
        allow_version_upgrade=True,
        number_of_nodes="1",
        publicly_accessible=False,
        encrypted=True,
        region_name=region,
    )


def _create_secret(region: str, password: str, port: int) -> None:
    """The login as Secrets Manager keeps it for Redshift.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
    """
    known = {
        "engine": "redshift",
        "host": redshift_backends[ACCOUNT][region].clusters[CLUSTER].endpoint["Address"],
        "port": port,
        "username": MASTER,
        "password": password,
        "dbname": DATABASE,
        "dbClusterIdentifier": CLUSTER,
    }
    secretsmanager_backends[ACCOUNT][region].create_secret(
        SECRET,
        secret_string=json.dumps(known),
        secret_binary=None,
        description=None,
        tags=None,
        kms_key_id=None,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )
