"""The peer of the launch benchmark: the calls that ess makes and its logins, in a straight boto3 script.

``plain_boto3.py NUMBER KEY_NAME PEM GROUP USER PORT`` launches, waits until each can be logged in to, and
prints the ids.
"""

import asyncio
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import asyncssh
import boto3

IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
TAG = {"Key": "ess:cluster", "Value": "plain-boto3"}
NUMBER, KEY_NAME, PEM, GROUP, USER, PORT = sys.argv[1:]
TYPE = "m3.medium"


def preflight(ec2):
    ssm, sts, quotas = (boto3.client(name) for name in ("ssm", "sts", "service-quotas"))
    alive = {"Name": "instance-state-name", "Values": ["pending", "running"]}
    calls = {
        "sts": sts.get_caller_identity,
        "key": lambda: ec2.describe_key_pairs(KeyNames=[KEY_NAME], IncludePublicKey=True),
        "group": lambda: ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [GROUP]}]),
        "type": lambda: ec2.describe_instance_types(InstanceTypes=[TYPE]),
        "subnet": lambda: ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}]),
        "cluster": lambda: ec2.describe_instances(
            Filters=[{"Name": "tag:ess:cluster", "Values": ["plain-boto3"]}]
        ),
        "running": lambda: ec2.describe_instances(Filters=[alive]),
        "quota": lambda: quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-1216C47A"),
        "image": lambda: ssm.get_parameters(Names=[IMAGE]),
    }
    with ThreadPoolExecutor(len(calls)) as pool:
        answers = dict(zip(calls, pool.map(lambda call: call(), calls.values()), strict=True))
    image = answers["image"]["Parameters"][0]["Value"]
    ec2.describe_images(ImageIds=[image])
    return (
        image,
        answers["group"]["SecurityGroups"][0]["GroupId"],
        answers["subnet"]["Subnets"][0]["SubnetId"],
    )


def launch(ec2, number, image, group, subnet):
    answer = ec2.run_instances(
        ImageId=image,
        InstanceType=TYPE,
        MinCount=number,
        MaxCount=number,
        KeyName=KEY_NAME,
        SecurityGroupIds=[group],
        SubnetId=subnet,
        ClientToken=str(uuid.uuid4()),
        MetadataOptions={"HttpTokens": "required"},
        TagSpecifications=[{"ResourceType": "instance", "Tags": [TAG]}],
    )
    return {item["InstanceId"] for item in answer["Instances"]}


async def log_in(address, key):
    while True:
        try:
            async with asyncio.timeout(5):
                options = {"port": int(PORT), "username": USER, "client_keys": [key], "known_hosts": None}
                async with asyncssh.connect(address, agent_path=None, config=None, **options) as connection:
                    await connection.run("true", check=True)
                    return
        except (OSError, asyncssh.Error):
            await asyncio.sleep(0.3)


async def wait(ec2, ids, key):
    logins = {}
    while len(logins) < len(ids):
        started = time.monotonic()
        filters = [{"Name": "tag:ess:cluster", "Values": ["plain-boto3"]}]
        answer = await asyncio.to_thread(ec2.describe_instances, Filters=filters)
        for item in (item for reservation in answer["Reservations"] for item in reservation["Instances"]):
            name = item["InstanceId"]
            if name in ids and name not in logins and item["State"]["Name"] == "running":
                logins[name] = asyncio.create_task(log_in(item["PublicIpAddress"], key))
        if len(logins) < len(ids):
            await asyncio.sleep(1.0 - (time.monotonic() - started))
    await asyncio.gather(*logins.values())


def main():
    ec2 = boto3.client("ec2")
    key = asyncssh.read_private_key(PEM)
    ids = launch(ec2, int(NUMBER), *preflight(ec2))
    asyncio.run(wait(ec2, ids, key))
    print(*ids)


if __name__ == "__main__":
    main()
