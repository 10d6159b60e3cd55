"""Who may do what: no wildcard on data, and the answers that IAM would give to requests that matter."""

import json

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

import iam
import stacks

BUCKET = f"arn:aws:s3:::{stacks.BUCKET}"
TAG = "for-use-with-amazon-emr-managed-policies"


@pytest.fixture(scope="module")
def made():
    return stacks.render_all()


@pytest.fixture(scope="module")
def service_policy():
    """AWS's own policy for EMR's service role, as moto carries it, with ours beside it."""
    ours = stacks.render_all()["access"].at("Service/Policies/0/PolicyDocument/Statement")
    return json.loads(aws_managed_policies_data)["AmazonEMRServicePolicy_v2"]["Document"]["Statement"] + ours


def as_list(item):
    return item if isinstance(item, list) else [item]


def policies(made):
    """(where, statement) of every policy that the stacks write themselves."""
    for name, stack in made.items():
        for key, resource in stack.resources.items():
            properties = resource["Properties"]
            documents = [properties.get(k) for k in ("PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy")]
            documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
            for document in filter(None, documents):
                for statement in document["Statement"]:
                    yield f"{name}/{key}", statement


def nodes_statements(made):
    return (made["access"].at("Data/PolicyDocument/Statement")
            + made["access"].at("Nodes/Policies/0/PolicyDocument/Statement"))


def test_no_wildcard_on_an_action_that_is_allowed(made):
    wild = {(where, action) for where, statement in policies(made) if statement["Effect"] == "Allow"
            for action in as_list(statement["Action"]) if "*" in action}
    # A key without its account as owner could not be managed; the other two are families of one action each.
    assert wild == {("security/DiskKey", action) for action in ("kms:*", "kms:GenerateDataKey*", "kms:ReEncrypt*")}


def test_no_wildcard_for_all_resources_but_where_aws_knows_no_other(made):
    everywhere = {(where, action) for where, statement in policies(made)
                  if statement["Effect"] == "Allow" and "*" in as_list(statement.get("Resource", []))
                  for action in as_list(statement["Action"]) if where != "security/DiskKey"}  # there "*" is the key
    channels = {f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")}
    assert everywhere == {("access/Nodes", action) for action in {"ssm:UpdateInstanceInformation"} | channels}


@pytest.mark.parametrize(
    ("action", "key", "allowed"),
    [
        ("s3:GetObject", "images/apple/1.jpg", True),
        ("s3:PutObject", "images/apple/1.jpg", False),  # photographs are the owner's: no job changes them
        ("s3:DeleteObject", "images/apple/1.jpg", False),
        ("s3:GetObject", "code/coulis.jar", True),
        ("s3:PutObject", "code/coulis.jar", False),  # a node that could would run what it likes on all others
        ("s3:GetObject", "notebooks/first.ipynb", True),
        ("s3:PutObject", "notebooks/first.ipynb", False),
        ("s3:PutObject", "results/run/features/part-0.parquet", True),
        ("s3:GetObject", "results/run/features/part-0.parquet", True),
        ("s3:DeleteObject", "results/run/.incomplete/part-0.parquet", True),
        ("s3:AbortMultipartUpload", "results/run/part-0.parquet", True),
        ("s3:PutObject", "jupyter/jovyan/mine.ipynb", True),
        ("s3:DeleteObject", "jupyter/jovyan/mine.ipynb", True),
        ("s3:PutObject", "logs/j-1/node/i-1/syslog.gz", True),
        ("s3:DeleteObject", "logs/j-1/node/i-1/syslog.gz", False),  # nobody hides what they did
        ("s3:GetObject", "results", True),  # whether a folder is there: "no", not "forbidden"
        ("s3:GetObject", "private/diary.txt", False),
        ("s3:PutObject", "resultsX/part-0.parquet", False),
        ("s3:DeleteObjectVersion", "results/run/part-0.parquet", False),  # old versions can be brought back
        ("s3:PutObjectAcl", "results/run/part-0.parquet", False),
    ],
)
def test_nodes_on_objects(made, action, key, allowed):
    assert iam.allows(nodes_statements(made), action, f"{BUCKET}/{key}") is allowed


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("s3:ListBucket", BUCKET, True),
        ("s3:ListBucket", "arn:aws:s3:::another-bucket", False),
        ("s3:GetObject", "arn:aws:s3:::another-bucket/images/1.jpg", False),
        ("s3:PutBucketPolicy", BUCKET, False),
        ("s3:DeleteBucket", BUCKET, False),
        ("s3:PutLifecycleConfiguration", BUCKET, False),
        ("s3:PutBucketVersioning", BUCKET, False),
        ("ssmmessages:OpenDataChannel", "*", True),
        ("ssm:GetParameter", "arn:aws:ssm:eu-west-3:123456789012:parameter/secret", False),
        ("ssm:SendCommand", "*", False),
        ("iam:PassRole", "arn:aws:iam::123456789012:role/coulis-nodes-eu-west-3", False),
        ("ec2:RunInstances", "*", False),
        ("kms:Decrypt", "arn:aws:kms:eu-west-3:123456789012:key/other", False),
        ("sts:AssumeRole", "arn:aws:iam::123456789012:role/admin", False),
    ],
)
def test_nodes_on_the_rest_of_the_account(made, action, resource, allowed):
    assert iam.allows(nodes_statements(made), action, resource) is allowed


def test_a_job_without_cluster_may_do_with_data_what_one_on_a_cluster_may(made):
    assert made["serverless"].at("Job/ManagedPolicyArns") == made["access"].at("Nodes/ManagedPolicyArns") == ["<Data>"]
    assert "Policies" not in made["serverless"].resources["Job"]["Properties"]


@pytest.mark.parametrize(
    ("connection", "refused"),
    [
        ({"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}, False),
        ({"aws:SecureTransport": "true", "s3:TlsVersion": "1.2"}, False),
        ({"aws:SecureTransport": "true", "s3:TlsVersion": "1.1"}, True),
        ({"aws:SecureTransport": "false"}, True),
    ],
)
@pytest.mark.parametrize("key", ["", "/images/1.jpg"])
def test_bucket_speaks_current_tls_only(made, connection, refused, key):
    statements = made["storage"].at("TlsOnly/PolicyDocument/Statement")
    for action in ("s3:GetObject", "s3:PutObject", "s3:ListBucket"):
        assert iam.denies(statements, action, "<Bucket.Arn>" + key, connection) is refused


def test_bucket_policy_allows_nothing(made):
    assert {s["Effect"] for s in made["storage"].at("TlsOnly/PolicyDocument/Statement")} == {"Deny"}


@pytest.mark.parametrize(
    ("stack", "role", "service", "arn"),
    [
        ("access", "Service", "elasticmapreduce.amazonaws.com", "arn:aws:elasticmapreduce:eu-west-3:{}:cluster/j-1"),
        ("serverless", "Job", "emr-serverless.amazonaws.com",
         "arn:aws:emr-serverless:eu-west-3:{}:/applications/<Application.ApplicationId>"),
    ],
)
def test_roles_are_for_this_account_s_clusters_and_jobs(made, stack, role, service, arn):
    statements = made[stack].at(f"{role}/AssumeRolePolicyDocument/Statement")

    def may(principal, account):
        context = {"aws:SourceAccount": account, "aws:SourceArn": arn.format(account)}
        return iam.allows(statements, "sts:AssumeRole", principal=principal, context=context)

    assert may(service, stacks.ACCOUNT)
    assert not may(service, "999999999999")
    assert not may("ec2.amazonaws.com", stacks.ACCOUNT)
    assert not iam.allows(statements, "sts:AssumeRole", principal=service)


def test_service_role_has_aws_s_scoped_policy(made):
    arn = "arn:aws:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2"
    assert made["access"].at("Service/ManagedPolicyArns") == [arn]


@pytest.mark.parametrize(("tags", "allowed"), [({f"aws:ResourceTag/{TAG}": "true"}, True), ({}, False)])
def test_emr_starts_nodes_in_our_tagged_network_only(service_policy, tags, allowed):
    for resource in ("subnet/subnet-1", "security-group/sg-1"):
        arn = f"arn:aws:ec2:eu-west-3:123456789012:{resource}"
        assert iam.allows(service_policy, "ec2:RunInstances", arn, context=tags) is allowed
    instance = "arn:aws:ec2:eu-west-3:123456789012:instance/i-1"
    assert iam.allows(service_policy, "ec2:TerminateInstances", instance, context=tags) is allowed


def test_emr_hands_over_the_nodes_role_to_ec2_only(service_policy):
    def may(role, service):
        return iam.allows(service_policy, "iam:PassRole", role, context={"iam:PassedToService": service})

    assert may("<Nodes.Arn>", "ec2.amazonaws.com")
    assert not may("<Nodes.Arn>", "lambda.amazonaws.com")
    assert not may("arn:aws:iam::123456789012:role/admin", "ec2.amazonaws.com")


def test_emr_itself_cannot_read_photographs(service_policy):
    assert not iam.allows(service_policy, "s3:GetObject", f"{BUCKET}/images/1.jpg")


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("s3:PutObject", f"{BUCKET}/results/part-0.parquet", True),
        ("s3:GetObject", "arn:aws:s3:::al2023-repos-eu-west-3-de612dc2/core/x.rpm", True),
        ("s3:GetObject", "arn:aws:s3:::repo.eu-west-3.emr.amazonaws.com/x.rpm", True),
        ("s3:PutObject", "arn:aws:s3:::somebody-else/stolen.jpg", False),
        ("s3:GetObject", "arn:aws:s3:::somebody-else/script.sh", False),
        ("s3:PutObject", "arn:aws:s3:::repo.eu-west-3.emr.amazonaws.com/x.rpm", False),
    ],
)
def test_the_way_to_s3_leads_to_our_bucket_and_to_packages(made, action, resource, allowed):
    statements = made["network"].at("S3/PolicyDocument/Statement")
    assert iam.allows(statements, action, resource, principal="anybody") is allowed


def test_the_way_to_s3_is_wide_enough_for_all_that_nodes_may_do(made):
    endpoint = made["network"].at("S3/PolicyDocument/Statement")
    for statement in made["access"].at("Data/PolicyDocument/Statement"):
        for action in as_list(statement["Action"]):
            for resource in as_list(statement["Resource"]):
                assert iam.allows(endpoint, action, resource.replace("*", "x")), (action, resource)


@pytest.mark.parametrize(
    ("role", "action", "context", "allowed"),
    [
        ("<Nodes.Arn>", "kms:GenerateDataKey", {}, True),
        ("<Nodes.Arn>", "kms:Decrypt", {}, True),
        ("<Nodes.Arn>", "kms:CreateGrant", {"kms:GrantIsForAWSResource": "true"}, False),
        ("<Nodes.Arn>", "kms:ScheduleKeyDeletion", {}, False),
        ("<Service.Arn>", "kms:CreateGrant", {"kms:GrantIsForAWSResource": "true"}, True),
        ("<Service.Arn>", "kms:CreateGrant", {"kms:GrantIsForAWSResource": "false"}, False),
        ("<Job.Arn>", "kms:Decrypt", {}, False),
        (f"arn:aws:iam::{stacks.ACCOUNT}:root", "kms:ScheduleKeyDeletion", {}, True),
    ],
)
def test_key_of_the_disks(made, role, action, context, allowed):
    statements = made["security"].at("DiskKey/KeyPolicy/Statement")
    assert iam.allows(statements, action, "the key", principal=role, context=context) is allowed
