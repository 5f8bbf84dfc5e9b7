"""What a test can let go wrong with API calls, and what it can count afterwards."""

import time

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from ess_core.errors import EssError


def failure(call):
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def throttle(**more):
    return {"action": "DescribeInstances", "code": "RequestLimitExceeded", "http": 503, **more}


def test_throttling_as_often_as_asked(sandbox):
    sandbox.plan(errors=[throttle(times=2)])
    client = sandbox.client("ec2", attempts=1)
    assert failure(client.describe_instances) == ("RequestLimitExceeded", 503)
    assert failure(client.describe_instances) == ("RequestLimitExceeded", 503)
    client.describe_instances()


def test_boto3s_own_retries_meet_the_fault_and_get_over_it(sandbox):
    sandbox.plan(errors=[throttle(times=1)])
    sandbox.client("ec2").describe_instances()
    assert sandbox.counts()["ec2:DescribeInstances"] == 2


def test_a_fault_hits_only_what_it_is_meant_for(launch, sandbox):
    sandbox.plan(errors=[throttle(action="RunInstances", when={"InstanceType": "m3.large"})])
    launch(InstanceType="m3.medium")
    assert failure(lambda: launch(InstanceType="m3.large")) == ("RequestLimitExceeded", 503)


@pytest.mark.parametrize("service", ["s3", "sts", "ssm", "redshift", "service-quotas"])
def test_faults_have_the_form_of_each_service(sandbox, service):
    sandbox.plan(errors=[{"action": "*", "code": "SlowDown", "http": 400}])
    calls = {
        "s3": lambda client: client.list_buckets(),
        "sts": lambda client: client.get_caller_identity(),
        "ssm": lambda client: client.get_parameter(Name="/aws/service/x"),
        "redshift": lambda client: client.describe_clusters(),
        "service-quotas": lambda client: client.list_service_quotas(ServiceCode="ec2"),
    }
    assert failure(lambda: calls[service](sandbox.client(service, attempts=1))) == ("SlowDown", 400)


def test_an_answer_can_be_lost_after_the_work_was_done(launch, sandbox):
    sandbox.plan(errors=[{"action": "RunInstances", "after": "reset"}])
    with pytest.raises(ConnectionClosedError):
        launch(2, ClientToken="one")
    assert len(sandbox.instances()) == 2
    assert sandbox.calls()[-1]["status"] == 0
    assert len(launch(2, ClientToken="one")) == 2
    assert len(sandbox.instances()) == 2


def test_an_answer_can_be_replaced_by_503_after_the_work_was_done(launch, sandbox):
    sandbox.plan(errors=[{"action": "RunInstances", "after": "503"}])
    assert failure(lambda: launch(2))[1] == 503
    assert len(sandbox.instances()) == 2


def test_boto3_replays_a_lost_launch_with_its_own_token(sandbox):
    sandbox.plan(errors=[{"action": "RunInstances", "after": "reset"}])
    image = sandbox.client("ec2").describe_images()["Images"][0]
    kind = {"x86_64": "m3.medium", "arm64": "t4g.micro"}[image["Architecture"]]
    sandbox.client("ec2").run_instances(ImageId=image["ImageId"], InstanceType=kind, MinCount=2, MaxCount=2)
    assert sandbox.counts()["ec2:RunInstances"] == 2
    assert len(sandbox.instances()) == 2


def test_every_call_takes_the_latency(sandbox):
    sandbox.plan(latency_s=0.3)
    started = time.monotonic()
    sandbox.client("sts").get_caller_identity()
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("denied", ["DescribeInstances", "ec2:Describe*", "ec2:*"])
def test_iam_can_deny_an_action(sandbox, denied):
    sandbox.plan(deny=[denied])
    assert failure(sandbox.client("ec2").describe_instances) == ("UnauthorizedOperation", 403)
    sandbox.client("sts").get_caller_identity()


def test_the_log_names_calls_and_parameters_but_no_values(sandbox):
    sandbox.client("ec2").describe_key_pairs(KeyNames=["pem_file"])
    sandbox.client("s3").list_objects_v2(Bucket="essentia-samples", Prefix="archive/")
    first, second = sandbox.calls()
    assert (first["service"], first["action"], first["status"]) == ("ec2", "DescribeKeyPairs", 200)
    assert (first["region"], first["parameters"]) == ("us-east-1", ["KeyName.1"])
    assert first["user"] == "arn:aws:iam::123456789012:user/ess-sandbox"
    assert (second["service"], second["action"]) == ("s3", "ListObjectsV2")
    assert "pem_file" not in str(sandbox.calls())


def test_s3_calls_have_their_own_names(sandbox):
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="named")
    s3.put_object(Bucket="named", Key="a", Body=b"x")
    s3.copy_object(Bucket="named", Key="b", CopySource="named/a")
    upload = s3.create_multipart_upload(Bucket="named", Key="c")["UploadId"]
    part = s3.upload_part(Bucket="named", Key="c", UploadId=upload, PartNumber=1, Body=b"y")
    s3.complete_multipart_upload(
        Bucket="named",
        Key="c",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    s3.get_bucket_acl(Bucket="named")
    s3.delete_objects(Bucket="named", Delete={"Objects": [{"Key": key} for key in "abc"]})
    s3.delete_bucket(Bucket="named")
    assert [call["action"] for call in sandbox.calls()] == [
        "CreateBucket",
        "PutObject",
        "CopyObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "GetBucketAcl",
        "DeleteObjects",
        "DeleteBucket",
    ]


def test_a_plan_that_is_misspelt_is_refused(sandbox):
    with pytest.raises(EssError, match=r"a plan has no latencies; it has .*latency_s"):
        sandbox.plan(latencies=1)
    with pytest.raises(EssError, match="unexpected keyword argument"):
        sandbox.plan(errors=[{"acton": "RunInstances"}])


def test_a_call_of_a_service_the_sandbox_has_not_is_refused(sandbox):
    with pytest.raises(ClientError, match="UnknownService"):
        sandbox.client("iam").list_users()


def test_redshift_lists_clusters_in_pages_on_loopback(sandbox):
    redshift = sandbox.client("redshift")
    made = [f"page-{number:02}" for number in range(22)]
    for name in made:
        redshift.create_cluster(
            ClusterIdentifier=name, NodeType="ra3.xlplus", MasterUsername="a", ClusterType="single-node"
        )
    pages = list(redshift.get_paginator("describe_clusters").paginate(PaginationConfig={"PageSize": 20}))
    assert [len(page["Clusters"]) for page in pages] == [20, 3]
    endpoints = [cluster["Endpoint"] for page in pages for cluster in page["Clusters"]]
    assert all(endpoint["Address"].startswith("127.0.0.") for endpoint in endpoints)
    assert len({endpoint["Address"] for endpoint in endpoints}) > 10
    for name in made:
        redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)


def test_ssm_names_images_that_can_be_launched(launch, sandbox):
    ssm = sandbox.client("ssm")
    for architecture, kind in (("x86_64", "m3.medium"), ("arm64", "t4g.micro")):
        name = f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
        image = ssm.get_parameter(Name=name)["Parameter"]["Value"]
        (described,) = sandbox.client("ec2").describe_images(ImageIds=[image])["Images"]
        assert described["Architecture"] == architecture
        assert described["RootDeviceName"] == "/dev/xvda"
        launch(ImageId=image, InstanceType=kind)
