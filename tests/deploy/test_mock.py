"""The stacks made one after another by moto, a mock of AWS. It resolves parameters, conditions, imports and exports,
and makes what it knows of; here is asserted what it keeps. It leaves out in silence: bucket policies, public access
blocks, versioning, lifecycles, egress rules, a role's managed policies, EMR Serverless, and most of a cluster, so that
EMR is asked directly."""

import boto3
import pytest
from moto import mock_aws

import emr
import stacks

REGION = "eu-west-3"
WHAT_MOTO_MAKES = ("storage", "access", "network", "security", "cluster")


@pytest.fixture(scope="module", autouse=True)
def account():
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
            yield


def client(service: str):
    return boto3.client(service, region_name=REGION)


def outputs(name: str) -> dict:
    (stack,) = client("cloudformation").describe_stacks(StackName=f"coulis-{name}")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack.get("StackStatusReason")
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


@pytest.fixture(scope="module")
def made(account) -> dict[str, dict]:
    """The outputs of each stack, in the order of deployment."""
    found = {}
    for name in WHAT_MOTO_MAKES:
        given = {"Bucket": found["storage"]["Bucket"]} if "Bucket" in stacks.template(name)["Parameters"] else {}
        client("cloudformation").create_stack(
            StackName=f"coulis-{name}",
            TemplateBody=(stacks.FOLDER / f"{name}.yaml").read_text(),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        found[name] = outputs(name)
    return found


def test_bucket_is_in_the_region_and_encrypted(made):
    s3, bucket = client("s3"), made["storage"]["Bucket"]
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == REGION
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_roles_and_profile_are_there(made):
    iam = client("iam")
    profile = iam.get_instance_profile(InstanceProfileName=made["access"]["NodesProfile"])["InstanceProfile"]
    assert profile["Roles"][0]["RoleName"] == profile["InstanceProfileName"] == f"coulis-nodes-{REGION}"
    (data,) = iam.list_policies(Scope="Local")["Policies"]
    assert data["Arn"] == made["access"]["DataPolicy"]


def test_network_has_private_subnets_a_nat_and_the_endpoint(made):
    ec2, subnets = client("ec2"), made["network"]["Subnets"].split(",")
    assert len(subnets) == 2
    found = ec2.describe_subnets(SubnetIds=subnets)["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in found}) == 2
    here = [{"Name": "vpc-id", "Values": [made["network"]["Vpc"]]}]
    (endpoint,) = ec2.describe_vpc_endpoints(Filters=here)["VpcEndpoints"]
    assert endpoint["ServiceName"] == f"com.amazonaws.{REGION}.s3"
    assert len(ec2.describe_nat_gateways(Filters=here)["NatGateways"]) == 1


def test_groups_have_the_rules_of_the_template(made):
    ec2 = client("ec2")
    ids = [made["security"][name] for name in ("PrimaryGroup", "WorkersGroup", "EmrGroup")]
    primary, workers, service = ec2.describe_security_groups(GroupIds=ids)["SecurityGroups"]
    assert len(primary["IpPermissions"]) == len(workers["IpPermissions"]) == 4  # tcp, udp, icmp, EMR's 8443
    for group in (primary, workers, service):
        assert not any(rule["IpRanges"] or rule["Ipv6Ranges"] for rule in group["IpPermissions"])


def test_emr_takes_the_cluster_and_gives_it_back(made):
    exports = {item["Name"]: item["Value"] for item in client("cloudformation").list_exports()["Exports"]}
    cluster = stacks.render("cluster", exports, Bucket=made["storage"]["Bucket"], SpotNodes="1")
    request = emr.run_job_flow(cluster.resources["Cluster"]["Properties"])
    api = client("emr")
    job_flow = api.run_job_flow(**request)["JobFlowId"]
    found = api.describe_cluster(ClusterId=job_flow)["Cluster"]
    assert found["ReleaseLabel"] == "emr-7.13.0"
    assert {application["Name"] for application in found["Applications"]} == {"Hadoop", "Spark", "JupyterHub"}
    assert found["TerminationProtected"] is False
    assert found["Ec2InstanceAttributes"]["Ec2SubnetId"] in made["network"]["Subnets"].split(",")
    assert found["LogUri"] == f"s3://{made['storage']['Bucket']}/logs/"
    assert found["Configurations"][2]["Properties"]["spark.executor.memory"] == "5632m"
    groups = api.list_instance_groups(ClusterId=job_flow)["InstanceGroups"]
    counts = {group["InstanceGroupType"]: (group["RequestedInstanceCount"], group["Market"]) for group in groups}
    assert counts == {"MASTER": (1, "ON_DEMAND"), "CORE": (2, "ON_DEMAND"), "TASK": (1, "SPOT")}
    api.terminate_job_flows(JobFlowIds=[job_flow])  # refused where termination is protected
    assert api.describe_cluster(ClusterId=job_flow)["Cluster"]["Status"]["State"].startswith("TERMINAT")
