"""RunInstances does what EC2 does, where moto does not."""

import pytest
from botocore.exceptions import ClientError

from tests.ess_plugins.sandbox.conftest import IMAGE

ARM = IMAGE.replace("x86_64", "arm64")


def refused(launch, number=1, **given):
    with pytest.raises(ClientError) as caught:
        launch(number, **given)
    return caught.value.response["Error"]["Code"]


def ids(instances):
    return [instance["InstanceId"] for instance in instances]


def test_a_repeated_token_launches_nothing_more(launch, sandbox):
    assert ids(launch(2, ClientToken="one")) == ids(launch(2, ClientToken="one"))
    assert len(sandbox.instances()) == 2


def test_a_repeated_token_answers_with_the_states_of_now(launch, sandbox):
    first = ids(launch(ClientToken="one"))
    sandbox.client("ec2").terminate_instances(InstanceIds=first)
    (again,) = launch(ClientToken="one")
    assert again["State"]["Name"] in ("shutting-down", "terminated")


def test_a_token_with_other_parameters_is_refused(launch):
    launch(2, ClientToken="one")
    assert refused(launch, 3, ClientToken="one") == "IdempotentParameterMismatch"


def test_tokens_of_regions_are_apart(launch, sandbox):
    launch(ClientToken="one")
    west = sandbox.client("ec2", region="us-west-2")
    west.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, ClientToken="one")
    assert len(sandbox.instances()) == 2


def test_as_many_as_possible_up_to_the_maximum(launch, sandbox):
    assert len(launch(MinCount=1, MaxCount=5)) == 5
    sandbox.plan(capacity={"m3.medium": 8})
    assert len(launch(MinCount=1, MaxCount=5)) == 3


def test_a_minimum_above_the_maximum_is_refused(launch):
    assert refused(launch, MinCount=3, MaxCount=2) == "InvalidParameterValue"


def test_a_minimum_of_zero_is_refused(launch):
    assert refused(launch, MinCount=0, MaxCount=2) == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"InstanceType": "m3.mediun"}, "InvalidParameterValue"),
        ({"KeyName": "nobody"}, "InvalidKeyPair.NotFound"),
        ({"SecurityGroups": ["nothing"]}, "InvalidGroup.NotFound"),
        ({"SecurityGroups": None, "SecurityGroupIds": ["sg-0123456789abcdef0"]}, "InvalidGroup.NotFound"),
        ({"ImageId": "ami-0123456789abcdef0"}, "InvalidAMIID.NotFound"),
        ({"ImageId": "nonsense"}, "InvalidAMIID.Malformed"),
        ({"ImageId": ARM}, "InvalidParameterValue"),
        ({"ImageId": "resolve:ssm:/no/such/parameter"}, "InvalidParameterValue"),
        ({"Placement": {"AvailabilityZone": "us-east-1d"}}, "Unsupported"),
        ({"Placement": {"AvailabilityZone": "eu-west-1a"}}, "InvalidParameterValue"),
        ({"SubnetId": "subnet-0123456789abcdef0", "SecurityGroups": None}, "InvalidSubnetID.NotFound"),
    ],
)
def test_what_cannot_be_launched_is_refused_with_ec2s_own_code(launch, sandbox, given, code):
    assert refused(launch, **given) == code
    assert sandbox.instances() == []


def test_a_group_name_with_a_subnet_is_refused(launch, sandbox):
    subnet = sandbox.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    assert refused(launch, SubnetId=subnet) == "InvalidParameterCombination"


@pytest.fixture
def vpc(sandbox):
    """A network of the test's own; it goes with all that is in it."""
    ec2 = sandbox.client("ec2")
    made = ec2.create_vpc(CidrBlock="127.77.0.0/16")["Vpc"]["VpcId"]
    yield made
    sandbox.reset()
    within = [{"Name": "vpc-id", "Values": [made]}]
    for subnet in ec2.describe_subnets(Filters=within)["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for group in ec2.describe_security_groups(Filters=within)["SecurityGroups"]:
        if group["GroupName"] != "default":
            ec2.delete_security_group(GroupId=group["GroupId"])
    ec2.delete_vpc(VpcId=made)


def test_a_group_of_another_vpc_is_refused(launch, sandbox, vpc):
    made = sandbox.client("ec2").create_security_group(GroupName="far", Description="far", VpcId=vpc)
    assert refused(launch, SecurityGroups=None, SecurityGroupIds=[made["GroupId"]]) == "InvalidParameter"


def test_a_vpc_outside_loopback_cannot_be(sandbox):
    with pytest.raises(ClientError, match=r"InvalidVpc\.Range"):
        sandbox.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")


def test_capacity_is_by_type_and_has_http_500(launch, sandbox):
    sandbox.plan(capacity={"m3.medium": 1})
    with pytest.raises(ClientError) as caught:
        launch(2)
    assert caught.value.response["Error"]["Code"] == "InsufficientInstanceCapacity"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert len(launch(2, InstanceType="m3.large")) == 2


def test_capacity_is_by_zone(launch, sandbox):
    sandbox.plan(capacity={"m3.medium@us-east-1a": 0})
    here = {"AvailabilityZone": "us-east-1a"}
    assert refused(launch, Placement=here) == "InsufficientInstanceCapacity"
    assert launch()[0]["Placement"]["AvailabilityZone"] == "us-east-1b"


def test_ended_instances_give_their_capacity_back(launch, sandbox):
    sandbox.plan(capacity={"m3.medium": 1})
    sandbox.client("ec2").terminate_instances(InstanceIds=ids(launch()))
    assert len(launch()) == 1


def test_the_vcpu_quota_counts_what_runs(launch, sandbox):
    sandbox.plan(vcpu_quota=3)
    launch(2)
    assert refused(launch, 2) == "VcpuLimitExceeded"
    assert len(launch(1)) == 1


def test_the_quota_is_what_service_quotas_says(sandbox):
    sandbox.plan(vcpu_quota=7, spot_vcpu_quota=5)
    quotas = sandbox.client("service-quotas")
    for code, value in {"L-1216C47A": 7.0, "L-34B43A08": 5.0}.items():
        asked = quotas.get_service_quota(ServiceCode="ec2", QuotaCode=code)
        assert asked["Quota"]["Value"] == value
    listed = quotas.list_service_quotas(ServiceCode="ec2")["Quotas"]
    assert [quota["QuotaCode"] for quota in listed] == ["L-1216C47A", "L-34B43A08"]


def test_spot_instances_have_a_quota_of_their_own(launch, sandbox):
    sandbox.plan(vcpu_quota=0, spot_vcpu_quota=1)
    spot = {"InstanceMarketOptions": {"MarketType": "spot"}}
    assert len(launch(1, **spot)) == 1
    assert refused(launch, **spot) == "MaxSpotInstanceCountExceeded"


def test_a_subnet_runs_out_of_addresses(launch, sandbox, vpc):
    subnet = sandbox.client("ec2").create_subnet(
        VpcId=vpc, CidrBlock="127.77.0.0/28", AvailabilityZone="us-east-1a"
    )
    given = {"SubnetId": subnet["Subnet"]["SubnetId"], "SecurityGroups": None}
    assert len(launch(11, **given)) == 11
    assert refused(launch, **given) == "InsufficientFreeAddressesInSubnet"


def test_addresses_are_on_loopback_without_a_chosen_subnet(running):
    (instance,) = running()
    assert instance["PrivateIpAddress"].startswith("127.1.")
    assert instance["PublicIpAddress"].startswith("127.2.")


def test_addresses_of_other_regions_are_on_loopback_and_not_the_same(launch, sandbox):
    (here,) = launch()
    west = sandbox.client("ec2", region="us-west-2")
    there = west.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    address = there["Instances"][0]["PrivateIpAddress"]
    assert address.startswith("127.")
    assert address != here["PrivateIpAddress"]


def test_tags_reach_instance_volume_and_interface_in_the_launch_itself(launch, sandbox):
    tag = [{"Key": "ess:cluster", "Value": "c-1"}]
    kinds = ("instance", "volume", "network-interface")
    launch(TagSpecifications=[{"ResourceType": kind, "Tags": tag} for kind in kinds])
    wanted = [{"Name": "tag:ess:cluster", "Values": ["c-1"]}]
    ec2 = sandbox.client("ec2")
    assert len(ec2.describe_instances(Filters=wanted)["Reservations"]) == 1
    assert len(ec2.describe_volumes(Filters=wanted)["Volumes"]) == 1
    assert len(ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]) == 1


def test_instances_are_found_by_reservation_and_by_token(launch, describe, sandbox):
    launch(2, ClientToken="one")
    launch(1, ClientToken="two")
    assert len(describe(Filters=[{"Name": "client-token", "Values": ["one"]}])) == 2
    first = sandbox.client("ec2").describe_instances()["Reservations"][0]["ReservationId"]
    assert len(describe(Filters=[{"Name": "reservation-id", "Values": [first]}])) == 2


def test_a_filter_that_moto_lacks_is_an_error_without_retries(launch, sandbox):
    launch()
    client = sandbox.client("ec2", attempts=1)
    with pytest.raises(ClientError, match="UnsupportedOperation"):
        client.describe_instances(Filters=[{"Name": "hibernation-options.configured", "Values": ["true"]}])


def test_metadata_options_and_encryption_are_kept(launch, describe, sandbox):
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "VolumeType": "gp3", "VolumeSize": 9}}
    launch(MetadataOptions={"HttpTokens": "required"}, BlockDeviceMappings=[disk])
    assert describe()[0]["MetadataOptions"]["HttpTokens"] == "required"
    (volume,) = sandbox.client("ec2").describe_volumes()["Volumes"][-1:]
    assert (volume["Encrypted"], volume["VolumeType"], volume["Size"]) == (True, "gp3", 9)


def test_a_dry_run_launches_nothing(launch, sandbox):
    assert refused(launch, DryRun=True) == "DryRunOperation"
    assert sandbox.instances() == []


def test_a_group_in_use_cannot_be_deleted(launch, sandbox):
    ec2 = sandbox.client("ec2")
    group = ec2.create_security_group(GroupName="busy", Description="busy")["GroupId"]
    started = ids(launch(SecurityGroups=["busy"]))
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
    ec2.terminate_instances(InstanceIds=started)
    ec2.get_waiter("instance_terminated").wait(InstanceIds=started, WaiterConfig={"Delay": 0.1})
    ec2.delete_security_group(GroupId=group)


def test_devices_of_the_host_and_an_empty_zone_are_taken(launch, sandbox):
    ec2 = sandbox.client("ec2")
    (root,) = ec2.describe_images()["Images"][0]["BlockDeviceMappings"]
    assert root["Ebs"]["Encrypted"] is False
    store = {"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}
    del root["Ebs"]["Encrypted"]
    (instance,) = launch(BlockDeviceMappings=[root, store], Placement={"AvailabilityZone": ""})
    volumes = ec2.describe_volumes(
        Filters=[{"Name": "attachment.instance-id", "Values": [instance["InstanceId"]]}]
    )
    assert len(volumes["Volumes"]) == 1
