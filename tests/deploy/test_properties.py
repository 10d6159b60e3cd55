"""What is promised of each stack, one line a promise: stack, property, value, with the parameters' defaults."""

import pytest

import stacks

PROMISED = [
    # storage: versioning, encryption, public access blocked, lifecycle for parts and logs
    ("storage", "Bucket/VersioningConfiguration/Status", "Enabled"),
    ("storage", "Bucket/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault", {"SSEAlgorithm": "AES256"}),
    ("storage", "Bucket/PublicAccessBlockConfiguration", dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)),
    ("storage", "Bucket/OwnershipControls/Rules/0/ObjectOwnership", "BucketOwnerEnforced"),
    ("storage", "Bucket/LifecycleConfiguration/Rules/0/AbortIncompleteMultipartUpload/DaysAfterInitiation", 7),
    ("storage", "Bucket/LifecycleConfiguration/Rules/1/NoncurrentVersionExpiration/NoncurrentDays", 30),
    ("storage", "Bucket/LifecycleConfiguration/Rules/2/Prefix", "logs/"),
    ("storage", "Bucket/LifecycleConfiguration/Rules/2/ExpirationInDays", 30),
    ("storage", "Bucket/LifecycleConfiguration/Rules/3/Prefix", "results/"),
    ("storage", "Bucket/LifecycleConfiguration/Rules/3/Transitions/0/StorageClass", "STANDARD_IA"),
    # access: a service role, an instance profile
    ("access", "Service/AssumeRolePolicyDocument/Statement/0/Principal", {"Service": "elasticmapreduce.amazonaws.com"}),
    ("access", "Nodes/AssumeRolePolicyDocument/Statement/0/Principal", {"Service": "ec2.amazonaws.com"}),
    ("access", "NodesProfile/Roles", ["<Nodes>"]),
    ("access", "NodesProfile/InstanceProfileName", "<Nodes>"),  # EMR wants one name for both
    # network: a VPC with private subnets and an S3 gateway endpoint
    ("network", "Vpc/CidrBlock", "10.20.0.0/16"),
    ("network", "PrivateA/CidrBlock", "10.20.0.0/20"),
    ("network", "PrivateB/CidrBlock", "10.20.16.0/20"),
    ("network", "PrivateA/MapPublicIpOnLaunch", False),
    ("network", "PrivateB/MapPublicIpOnLaunch", False),
    ("network", "Public/MapPublicIpOnLaunch", False),
    ("network", "S3/VpcEndpointType", "Gateway"),
    ("network", "S3/ServiceName", "com.amazonaws.eu-west-3.s3"),
    ("network", "S3/RouteTableIds", ["<PrivateRoutes>"]),
    ("network", "PrivateRoutesA", {"SubnetId": "<PrivateA>", "RouteTableId": "<PrivateRoutes>"}),
    ("network", "PrivateRoutesB", {"SubnetId": "<PrivateB>", "RouteTableId": "<PrivateRoutes>"}),
    ("network", "PrivateToNat/NatGatewayId", "<NatGateway>"),
    # security: encryption at rest (S3, local disks) and in transit, IMDSv2
    *(("security", f"Encryption/SecurityConfiguration/{path}", value) for path, value in [
        ("EncryptionConfiguration/EnableAtRestEncryption", True),
        ("EncryptionConfiguration/AtRestEncryptionConfiguration/S3EncryptionConfiguration", {"EncryptionMode": "SSE-S3"}),
        ("EncryptionConfiguration/AtRestEncryptionConfiguration/LocalDiskEncryptionConfiguration",
         {"EncryptionKeyProviderType": "AwsKms", "AwsKmsKey": "<DiskKey.Arn>", "EnableEbsEncryption": True}),
        ("EncryptionConfiguration/EnableInTransitEncryption", True),
        ("EncryptionConfiguration/InTransitEncryptionConfiguration/TLSCertificateConfiguration",
         {"CertificateProviderType": "PEM", "S3Object": "s3://photographs/code/tls/nodes.zip"}),
        ("InstanceMetadataServiceConfiguration/MinimumInstanceMetadataServiceVersion", 2),
        ("InstanceMetadataServiceConfiguration/HttpPutResponseHopLimit", 2),
    ]),
    ("security", "DiskKey/EnableKeyRotation", True),
    # cluster: the defaults of the chain that it replaces, cheap when forgotten
    ("cluster", "Cluster/ReleaseLabel", "emr-7.13.0"),
    ("cluster", "Cluster/Applications", [{"Name": "Hadoop"}, {"Name": "Spark"}, {"Name": "JupyterHub"}]),
    ("cluster", "Cluster/Instances/MasterInstanceGroup/InstanceCount", 1),
    ("cluster", "Cluster/Instances/MasterInstanceGroup/InstanceType", "m5.xlarge"),
    ("cluster", "Cluster/Instances/CoreInstanceGroup/InstanceCount", 2),
    ("cluster", "Cluster/Instances/CoreInstanceGroup/InstanceType", "m5.xlarge"),
    ("cluster", "Cluster/Instances/CoreInstanceGroup/Market", "ON_DEMAND"),
    ("cluster", "Cluster/Instances/TerminationProtected", False),
    ("cluster", "Cluster/Instances/Ec2SubnetId", "<PrivateA>"),
    ("cluster", "Cluster/ManagedScalingPolicy/ComputeLimits", {
        "UnitType": "Instances", "MinimumCapacityUnits": 2, "MaximumCapacityUnits": 4,
        "MaximumCoreCapacityUnits": 4, "MaximumOnDemandCapacityUnits": 4}),
    ("cluster", "Cluster/AutoTerminationPolicy/IdleTimeout", 3600),
    ("cluster", "Cluster/Configurations/2/ConfigurationProperties/spark.hadoop.coulis.models", "s3://photographs/code/models"),
    ("cluster", "Cluster/LogUri", "s3://photographs/logs/"),
    ("cluster", "Cluster/SecurityConfiguration", "<Encryption>"),
    ("cluster", "Cluster/ServiceRole", "<Service.Arn>"),
    ("cluster", "Cluster/JobFlowRole", "<NodesProfile>"),
    ("cluster", "Cluster/Tags", [
        {"Key": "Project", "Value": "coulis"},
        {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}]),
    ("cluster", "Cluster/BootstrapActions/0/ScriptBootstrapAction", {
        "Path": "s3://photographs/code/notebooks/bootstrap", "Args": ["s3://photographs/code/notebooks"]}),
    # serverless: pays for a job's seconds only
    ("serverless", "Application/Type", "SPARK"),
    ("serverless", "Application/ReleaseLabel", "emr-7.13.0"),
    ("serverless", "Application/Architecture", "X86_64"),
    ("serverless", "Application/AutoStartConfiguration", {"Enabled": True}),
    ("serverless", "Application/AutoStopConfiguration", {"Enabled": True, "IdleTimeoutMinutes": 5}),
    ("serverless", "Application/MaximumCapacity", {"Cpu": "16 vCPU", "Memory": "64 GB"}),
    ("serverless", "Application/MonitoringConfiguration/ManagedPersistenceMonitoringConfiguration", {"Enabled": False}),
    ("serverless", "Application/MonitoringConfiguration/S3MonitoringConfiguration/LogUri", "s3://photographs/logs/serverless/"),
    ("serverless", "Application/RuntimeConfiguration/0/Properties/spark.hadoop.coulis.models", "s3://photographs/code/models"),
    ("serverless", "Job/AssumeRolePolicyDocument/Statement/0/Principal", {"Service": "emr-serverless.amazonaws.com"}),
]


@pytest.fixture(scope="module")
def made():
    return stacks.render_all()


@pytest.mark.parametrize(("name", "path", "value"), PROMISED, ids=[f"{name}-{path}" for name, path, _ in PROMISED])
def test_promise(made, name, path, value):
    assert made[name].at(path) == value


def test_bucket_outlives_its_stack():
    assert stacks.template("storage")["Resources"]["Bucket"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert stacks.template("storage")["Resources"]["Bucket"]["UpdateReplacePolicy"] == "Retain"


def test_prefixes_are_where_the_documents_say(made):
    values = {key: output["Value"] for key, output in made["storage"].outputs.items()}
    for prefix in ("images", "results", "code", "notebooks", "logs"):
        assert values[prefix.capitalize()] == f"s3://<Bucket>/{prefix}/"


def test_bucket_gets_the_name_that_is_given():
    assert stacks.render("storage", {}, BucketName="my-fruits").at("Bucket/BucketName") == "my-fruits"
    assert "BucketName" not in stacks.render("storage", {}).resources["Bucket"]["Properties"]


def test_nothing_idle_is_paid_for_by_serverless(made):
    assert "InitialCapacity" not in made["serverless"].resources["Application"]["Properties"]


def test_key_pair_only_where_a_public_key_is_given(made):
    assert "KeyPair" not in made["access"].resources
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI someone"
    access = stacks.render("access", {}, PublicKey=key)
    assert access.at("KeyPair/PublicKeyMaterial") == key
    assert "Ec2KeyName" not in made["cluster"].at("Cluster/Instances")
    assert stacks.render_all(cluster={"KeyName": "coulis"})["cluster"].at("Cluster/Instances/Ec2KeyName") == "coulis"


def test_existing_network_is_used_and_left_as_it_is():
    own = {"ExistingVpc": "vpc-1", "ExistingSubnets": "subnet-1,subnet-2"}
    made = stacks.render_all(network=own, cluster={"Zone": "b"})
    assert made["network"].resources == {}
    assert made["security"].at("Primary/VpcId") == "vpc-1"
    assert made["cluster"].at("Cluster/Instances/Ec2SubnetId") == "subnet-2"


def test_existing_route_table_gets_the_endpoint_and_nothing_else():
    own = {"ExistingVpc": "vpc-1", "ExistingSubnets": "subnet-1,subnet-2", "ExistingRouteTable": "rtb-1"}
    network = stacks.render("network", {}, **own)
    assert network.resources.keys() == {"S3"}
    assert network.at("S3/RouteTableIds") == ["rtb-1"]


def test_network_without_nat_has_no_way_out():
    network = stacks.render("network", {}, Nat="false")
    types = {resource["Type"] for resource in network.resources.values()}
    assert not types & {"AWS::EC2::NatGateway", "AWS::EC2::InternetGateway", "AWS::EC2::Route", "AWS::EC2::EIP"}
    assert "S3" in network.resources


def test_private_subnets_have_no_route_to_the_internet_gateway(made):
    routes = [r["Properties"] for r in made["network"].resources.values() if r["Type"] == "AWS::EC2::Route"]
    assert {route["RouteTableId"] for route in routes if "GatewayId" in route} == {"<PublicRoutes>"}


def test_what_emr_s_policy_works_on_is_tagged_for_it(made):
    tag = {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}
    for name, resource in [("network", "Vpc"), ("network", "PrivateA"), ("network", "PrivateB"), ("security", "Primary"),
                           ("security", "Workers"), ("security", "Emr"), ("cluster", "Cluster")]:
        assert tag in made[name].at(f"{resource}/Tags"), resource


def test_every_resource_that_takes_tags_names_its_project(made):
    for name, stack in made.items():
        for key, resource in stack.resources.items():
            if "Tags" in resource["Properties"]:
                assert {"Key": "Project", "Value": "coulis"} in resource["Properties"]["Tags"], (name, key)


def ingress(security):
    rules = [r["Properties"] for r in security.resources.values() if r["Type"].endswith("SecurityGroupIngress")]
    return {(r["GroupId"], r["SourceSecurityGroupId"], r["IpProtocol"], r["FromPort"], r["ToPort"]) for r in rules}


def test_no_address_reaches_a_node(made):
    """Every way in comes from one of our three groups."""
    resources = made["security"].resources.values()
    for resource in resources:
        if resource["Type"].endswith("SecurityGroupIngress"):
            assert not {"CidrIp", "CidrIpv6", "SourcePrefixListId"} & resource["Properties"].keys()
        assert "SecurityGroupIngress" not in resource["Properties"]
    assert {rule[1] for rule in ingress(made["security"])} == {"<Primary>", "<Workers>", "<Emr>"}


def test_ingress_is_what_emr_would_add_itself(made):
    """So that it adds none, which would keep the groups from being deleted."""
    nodes, every = ("<Primary>", "<Workers>"), (("tcp", 0, 65535), ("udp", 0, 65535), ("icmp", -1, -1))
    expected = {(to, source, *rule) for to in nodes for source in nodes for rule in every}
    expected |= {(to, "<Emr>", "tcp", 8443, 8443) for to in nodes} | {("<Emr>", "<Primary>", "tcp", 9443, 9443)}
    assert ingress(made["security"]) == expected


def test_nodes_speak_to_the_outside_by_https_only(made):
    for group in ("Primary", "Workers"):
        outside = made["security"].at(f"{group}/SecurityGroupEgress")
        assert [(rule["CidrIp"], rule["FromPort"], rule["ToPort"]) for rule in outside] == [("0.0.0.0/0", 443, 443)]


def test_spot_nodes_are_optional_and_take_all_that_scaling_adds():
    cluster = stacks.render_all(cluster={"SpotNodes": "3", "MaxNodes": "8"})["cluster"]
    (task,) = cluster.at("Cluster/Instances/TaskInstanceGroups")
    assert (task["Market"], task["InstanceCount"], task["InstanceType"]) == ("SPOT", 3, "m5.xlarge")
    assert "BidPrice" not in task  # then the price on demand is the limit
    limits = cluster.at("Cluster/ManagedScalingPolicy/ComputeLimits")
    assert (limits["MaximumCapacityUnits"], limits["MaximumOnDemandCapacityUnits"]) == (8, 2)


def test_without_spot_nodes_there_is_no_group_of_them(made):
    assert "TaskInstanceGroups" not in made["cluster"].at("Cluster/Instances")


def test_drivers_stay_off_spot_nodes(made):
    yarn = made["cluster"].at("Cluster/Configurations/0/ConfigurationProperties")
    assert (yarn["yarn.node-labels.enabled"], yarn["yarn.node-labels.am.default-node-label-expression"]) == ("true", "CORE")


def test_a_job_without_cluster_has_room_for_its_driver_and_an_executor():
    parameter, memory = (stacks.template("serverless")[part] for part in ("Parameters", "Mappings"))
    assert min(parameter["MaxCpu"]["AllowedValues"]) >= 2 + 4
    assert {int(cpus): gib["GiB"] for cpus, gib in memory["Memory"].items()} == {
        cpus: f"{4 * cpus} GB" for cpus in parameter["MaxCpu"]["AllowedValues"]}


def test_instance_types_and_count_are_parameters():
    given = {"InstanceType": "c6i.4xlarge", "PrimaryInstanceType": "m6i.xlarge", "CoreNodes": "5"}
    cluster = stacks.render_all(cluster=given)["cluster"]
    assert cluster.at("Cluster/Instances/CoreInstanceGroup/InstanceType") == "c6i.4xlarge"
    assert cluster.at("Cluster/Instances/CoreInstanceGroup/InstanceCount") == 5
    assert cluster.at("Cluster/Instances/MasterInstanceGroup/InstanceType") == "m6i.xlarge"


def test_a_job_needs_no_bootstrap():
    cluster = stacks.render_all(cluster={"Notebooks": "false"})["cluster"]
    assert "BootstrapActions" not in cluster.resources["Cluster"]["Properties"]
    assert {"Name": "JupyterHub"} not in cluster.at("Cluster/Applications")
    settings = {item["Classification"] for item in cluster.at("Cluster/Configurations")}
    assert settings == {"yarn-site", "spark", "spark-defaults"}
