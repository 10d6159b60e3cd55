"""What AWS refuses becomes one line with the next step. The answers are those of AWS, given by a program in place of
`aws`, because a mock refuses little; the region and the missing program need none."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from command import Coulis

NOTEBOOK = Path(__file__).resolve().parents[2] / "deploy/aws/notebook.txt"  # Its wheels are there already.
CALLED = "An error occurred ({}) when calling the {} operation: {}\n"
IDENTITY = ("get-caller-identity", 0, "{}", "")
CODE = ("list-objects-v2", 0, json.dumps(["code/coulis-spark.jar", "code/models/mobilenet_v2/model.json"]), "")
NO_STACK = ("describe-stacks --stack-name", 254, "", CALLED.format("ValidationError", "DescribeStacks", "Stack with id x does not exist"))


def stack(status: str, **more) -> tuple:
    return ("describe-stacks", 0, json.dumps({"Stacks": [{"StackName": "coulis-storage", "StackStatus": status, **more}]}), "")


def events(resource: str, reason: str) -> tuple:
    cancelled = {"ResourceStatus": "CREATE_FAILED", "LogicalResourceId": "Other", "ResourceStatusReason": "Resource creation cancelled"}
    failed = {"ResourceStatus": "CREATE_FAILED", "LogicalResourceId": resource, "ResourceStatusReason": reason}
    return ("describe-stack-events", 0, json.dumps({"StackEvents": [cancelled, failed]}), "")


@pytest.mark.parametrize(("said", "advice"), [
    ("Unable to locate credentials. You can configure credentials by running \"aws configure\".\n", "run `aws configure`"),
    (CALLED.format("ExpiredToken", "GetCallerIdentity", "The security token included in the request is expired"), "log in again"),
    (CALLED.format("InvalidClientTokenId", "GetCallerIdentity", "The security token included in the request is invalid."), "access key"),
    ("The config profile (fruits) could not be found\n", "list-profiles"),
])
def test_who_cannot_log_in_is_told_how(aws_says, said, advice):
    error = aws_says(("get-caller-identity", 255, "", said)).fails(1, "cloud", "up")
    assert advice in error


@pytest.mark.parametrize(("resource", "reason", "advice"), [
    ("Bucket", "fruits already exists (Service: S3, BucketAlreadyExists)", "choose another with --bucket"),
    ("Cluster", "VcpuLimitExceeded: you have requested more vCPU capacity than your current limit", "ask AWS for more vCPUs"),
    ("Cluster", "On the master instance (i-1), bootstrap action 1 returned a non-zero return code", "bootstrap-actions"),
    ("Cluster", "InvalidKeyPair.NotFound: The key pair 'coulis' does not exist", "--public-key"),
    ("Nodes", "User is not authorized to perform: iam:CreateRole (AccessDenied)", "--profile"),
])
def test_failed_stack_names_the_resource_the_reason_and_the_step(aws_says, tmp_path, resource, reason, advice):
    error = aws_says(IDENTITY, events(resource, reason), stack("ROLLBACK_COMPLETE")).fails(1, "cloud", "up", "--poll", 0)
    assert resource in error and reason.split(":")[0] in error and advice in error


def test_logs_of_a_cluster_that_could_not_be_made_are_found(aws_says):
    """Its stack, rolled back, has no outputs."""
    says = aws_says(("Bucket", 0, "fruits\n", ""), ("ClusterId", 0, "None\n", ""), ("describe-stack-resources --stack-name coulis-cluster", 0, "j-1\n", ""),
                    ("s3 cp", 0, "", ""))
    assert "no logs at s3://fruits/logs/j-1 yet" in says.fails(1, "cloud", "logs")


def test_stack_that_takes_no_changes_says_how_to_delete_it(aws_says):
    error = aws_says(IDENTITY, events("Bucket", "quota exceeded"), stack("ROLLBACK_COMPLETE")).fails(1, "cloud", "up")
    assert "ROLLBACK_COMPLETE" in error and "delete-stack --region eu-west-3 --stack-name coulis-storage" in error


def test_without_the_aws_command_it_is_named(coulis_binary, tmp_path):
    error = Coulis(coulis_binary, {"PATH": str(tmp_path), "HOME": str(tmp_path)}).fails(1, "cloud", "up")
    assert "install the AWS CLI" in error


@pytest.mark.parametrize("command", ["up", "submit", "status", "logs", "tunnel", "down"])
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-2", "nowhere-1"])
def test_regions_outside_the_eea_are_refused_before_anything(coulis_binary, tmp_path, command, region):
    arguments = ["--", "x"] if command == "submit" else []
    error = Coulis(coulis_binary, {"PATH": str(tmp_path)}).fails(2, "cloud", command, "--region", region, *arguments)
    assert region in error and "eu-west-3" in error


@pytest.mark.parametrize("command", ["submit", "logs", "tunnel"])
def test_without_a_cluster_it_says_how_to_make_one(aws_says, command):
    arguments = ["--", "x"] if command == "submit" else []
    assert "`coulis cloud up`" in aws_says(NO_STACK).fails(1, "cloud", command, *arguments)


def test_job_without_its_jar_or_its_model_is_not_started(aws_says, tmp_path):
    """The program in place of aws would not know the command that starts it."""
    def with_keys(*keys):
        (tmp_path / "bin").rename(tmp_path / f"old{len(keys)}") if (tmp_path / "bin").exists() else None
        return aws_says(("Bucket", 0, "fruits\n", ""), ("list-objects-v2", 0, json.dumps(keys), ""))

    assert "no jar at s3://fruits/code/coulis-spark.jar: bring it with `coulis cloud up --jar FILE`" in with_keys().fails(1, "cloud", "submit", "--", "x")
    jar = "code/coulis-spark.jar"
    says = with_keys(jar)
    assert "no model at s3://fruits/code/models/mobilenet_v2: bring it" in says.fails(1, "cloud", "submit", "--", "x")
    for given in (["--model", "resnet"], ["--model=resnet"]):
        assert "`coulis cloud up --model resnet`" in says.fails(1, "cloud", "submit", "--", "x", *given)
    assert "no answer to" in says.fails(1, "cloud", "submit", "--", "x", "--model", "s3://else/model")  # goes on


@pytest.mark.parametrize(("out", "code"), [("s3://fruits/vectors", 2), ("s3a://fruits", 2), ("s3a://fruits/results", 2), ("s3a://fruits/results/a", 1),
                                           ("s3://fruits-too/vectors", 1), ("hdfs:///vectors", 1)])
def test_results_where_jobs_may_not_write_are_refused(aws_says, out, code):
    """What is not refused goes on, to a command that the program in place of aws does not know."""
    says = aws_says(CODE, ("Bucket", 0, "fruits\n", ""))
    error = says.fails(code, "cloud", "submit", "--", "s3://fruits/images", "--out", out)
    assert ("choose a folder of s3://fruits/results/" in error) == (code == 2)


def test_what_s3_does_not_delete_ends_the_deletion(aws_says, tmp_path):
    says = aws_says(("list-object-versions", 0, json.dumps({"Objects": [{"Key": "a", "VersionId": "1"}]}), ""),
                    ("delete-objects", 0, json.dumps({"Errors": [{"Key": "a", "Code": "AccessDenied", "Message": "no"}]}), ""),
                    ("Bucket", 0, "fruits\n", ""), stack("CREATE_COMPLETE"))
    outcome = subprocess.run(says.command("cloud", "down", "--delete-data"), env=says.environment, input="fruits\ndelete\n", capture_output=True,
                             text=True, check=False, timeout=60)
    assert outcome.returncode == 1 and "S3 does not delete a: AccessDenied: no" in outcome.stderr


def left(aws_says, answer: tuple) -> str:
    outcome = aws_says(("list-objects-v2", *answer), ("OutputKey==`Bucket`", 0, "fruits\n", ""), stack("CREATE_COMPLETE")).try_("cloud", "down")
    assert outcome.code == 0, outcome
    return outcome.out


def test_down_counts_so_many_objects_and_no_more(aws_says):
    assert "more than 100000 objects, 2.00 GB, about $0.05 a month for those" in left(
        aws_says, (0, json.dumps({"objects": 100000, "bytes": 2e9, "more": "token"}), ""))


def test_down_says_that_the_bucket_is_gone(aws_says):
    assert "which is gone: `coulis cloud down --delete-data`" in left(aws_says, (254, "", CALLED.format("NoSuchBucket", "ListObjectsV2", "no such bucket")))


def followed(aws_says, tmp_path, status: dict):
    outputs = CODE, ("Bucket", 0, "fruits\n", ""), ("ClusterId", 0, "j-1\n", ""), ("Cluster.Status", 0, "WAITING\n", "")
    step = ("add-steps", 0, "s-1\n", ""), ("describe-step", 0, json.dumps({"Step": {"Status": status}}), "")
    return aws_says(*outputs, *step).try_("cloud", "submit", "--poll", "0", "--", "x")


def test_submit_ends_as_the_step_ends(aws_says, tmp_path):
    assert followed(aws_says, tmp_path, {"State": "COMPLETED"}).code == 0


def test_failed_step_gives_its_reason_and_where_its_logs_are(aws_says, tmp_path):
    outcome = followed(aws_says, tmp_path, {"State": "FAILED", "FailureDetails": {"Message": "No such bucket", "LogFile": "s3://fruits/logs/x"}})
    assert outcome.code == 1
    assert "No such bucket (s3://fruits/logs/x): read its logs with `coulis cloud logs --step s-1`" in outcome.err


def test_too_many_bad_images_are_exit_code_3(aws_says, tmp_path):
    details = {"Message": "User application exited with status 3"}
    assert followed(aws_says, tmp_path, {"State": "FAILED", "FailureDetails": details}).code == 3
    (tmp_path / "bin").rename(tmp_path / "old")
    assert followed(aws_says, tmp_path, {"State": "FAILED", "FailureDetails": {"Message": "exited with status 30"}}).code == 1


APPLICATION = "application_1700000000000_0001"
SPARK_SAID = f"INFO Client: Submitting application {APPLICATION} to ResourceManager\nERROR Client: User application exited with status {{}}\n"
DRIVER = f"{APPLICATION.replace('application', 'container')}_01_000001/stderr.gz"


@pytest.mark.parametrize(("status", "code", "said"), [
    (3, 3, "too many images could not be used"),
    (1, 1, "ended as FAILED: there is no bucket nosuch: name another: read its logs with `coulis cloud logs --step s-1`")])
def test_exit_code_and_error_of_a_step_are_in_its_logs(aws_says, status, code, said):
    """EMR's own words have neither."""
    outputs = CODE, ("Bucket", 0, "fruits\n", ""), ("ClusterId", 0, "j-1\n", ""), ("Cluster.Status", 0, "WAITING\n", "")
    step = {"State": "FAILED", "FailureDetails": {"Reason": "Unknown Error."}}
    outcome = aws_says(
        *outputs, ("add-steps", 0, "s-1\n", ""), ("describe-step", 0, json.dumps({"Step": {"Status": step}}), ""),
        ("s3://fruits/logs/j-1/steps/s-1/stderr.gz", 0, "", "", {"": SPARK_SAID.format(status)}),
        (f"s3://fruits/logs/j-1/containers/{APPLICATION}", 0, "", "", {DRIVER: "INFO x\ncoulis: error: there is no bucket nosuch: name another\nINFO y\n"}),
    ).try_("cloud", "submit", "--poll", "0", "--", "x")
    assert (outcome.code, said in outcome.err) == (code, True), outcome


def test_logs_of_a_step_come_with_those_of_its_driver(aws_says, tmp_path):
    says = aws_says(
        ("Bucket", 0, "fruits\n", ""), ("ClusterId", 0, "j-1\n", ""), ("logs/j-1/steps/s-1", 0, "", "", {"stderr.gz": SPARK_SAID.format(1)}),
        (f"logs/j-1/containers/{APPLICATION} here/containers", 0, "", "", {DRIVER: "coulis: error: x\n"}))
    assert says.try_("cloud", "logs", "--step", "s-1", "--out", "here", cwd=tmp_path).code == 0
    assert (tmp_path / "here/containers" / DRIVER).is_file() and (tmp_path / "here/stderr.gz").is_file()


def up_on_a_running_cluster(aws_says, *more, steps=()):
    """The stacks of storage and access are as they should be; what would change the cluster is an error."""
    key = {"ParameterKey": "PublicKey", "ParameterValue": "ssh-rsa AAAA old"}
    named = [{"StackName": f"coulis-{name}", "StackStatus": "CREATE_COMPLETE", "Parameters": [key]} for name in ("storage", "access", "cluster")]
    says = aws_says(IDENTITY, ("OutputKey==`Bucket`", 0, "fruits\n", ""), ("OutputKey==`ClusterId`", 0, "j-1\n", ""), ("Cluster.Status", 0, "RUNNING\n", ""),
                    ("list-steps", 0, json.dumps({"Steps": [{"Id": step, "Name": "fruit"} for step in steps]}), ""),
                    ("describe-stacks --stack-name coulis-access", 0, json.dumps({"Stacks": [named[1]]}), ""),
                    ("describe-stacks --stack-name", 0, json.dumps({"Stacks": [named[0]]}), ""), ("describe-stacks", 0, json.dumps({"Stacks": named}), ""),
                    ("update-stack --stack-name coulis-cluster", 1, "", "cluster changes\n"),
                    ("update-stack", 1, "", "No updates are to be performed\n"), ("requirements.txt -", 0, NOTEBOOK.read_text(), ""),
                    ("s3 cp", 0, "", ""), ("s3 sync", 0, "", ""), CODE)
    return says.try_("cloud", "up", "--poll", "0", *more)


def test_running_cluster_is_left_alone_unless_changes_are_asked_for(aws_says):
    outcome = up_on_a_running_cluster(aws_says, steps=["s-1"])
    assert outcome.code == 0 and "cluster: runs, and stays as it is" in outcome.err, outcome


@pytest.mark.parametrize(("steps", "said"), [(["s-1"], "step s-1 (fruit) is under way on the cluster, which a change could replace"), ([], "cluster changes")])
def test_change_that_could_end_a_running_step_is_refused(aws_says, steps, said):
    outcome = up_on_a_running_cluster(aws_says, "--nodes", "5", steps=steps)
    assert outcome.code == 1 and said in outcome.err


def test_another_key_in_place_of_the_one_there_is_refused(aws_says, tmp_path):
    (tmp_path / "new.pub").write_text("ssh-rsa AAAA new\n")
    outcome = up_on_a_running_cluster(aws_says, "--public-key", tmp_path / "new.pub")
    assert outcome.code == 2 and "has another public key already" in outcome.err


def test_network_of_ones_own_is_that_of_the_stack(coulis_binary, tmp_path):
    program = Coulis(coulis_binary, {"PATH": str(tmp_path)})
    shown = program.try_("cloud", "up", "--dry-run", "--vpc", "vpc-1", "--subnet", "subnet-1", "--route-table", "rtb-1").out
    (made,) = [line for line in shown.splitlines() if "create-stack --stack-name coulis-network" in line]
    given = {item["ParameterKey"]: item["ParameterValue"] for item in json.loads(re.search(r'--parameters "(.*)" --region', made)[1].replace('\\"', '"'))}
    assert given == {"Bucket": "${bucket}", "ExistingVpc": "vpc-1", "ExistingSubnets": "subnet-1,subnet-1", "ExistingRouteTable": "rtb-1", "Project": "coulis"}
    for wrong in (["--vpc", "vpc-1"], ["--subnet", "subnet-1"]):
        assert "--subnet" in program.fails(2, "cloud", "up", *wrong)


def test_project_whose_name_begins_as_ours_is_another(aws_says):
    other = {"Stacks": [{"StackName": "coulis-run-storage", "StackStatus": "CREATE_COMPLETE"}]}
    assert "nothing of project coulis is in eu-west-3" in aws_says(("describe-stacks", 0, json.dumps(other), "")).try_("cloud", "status").out


def test_stack_that_was_never_made_is_not_waited_for(aws_says):
    error = aws_says(IDENTITY, events("Bucket", "x"), stack("REVIEW_IN_PROGRESS")).fails(1, "cloud", "up", "--poll", 0)
    assert "it is in REVIEW_IN_PROGRESS and takes no changes" in error


def test_youngest_regions_may_be_off_in_the_account(aws_says):
    said = CALLED.format("InvalidClientTokenId", "GetCallerIdentity", "The security token included in the request is invalid.")
    says = aws_says(("get-caller-identity", 255, "", said))
    assert "whether region eu-south-2 is enabled in the account" in says.fails(1, "cloud", "up", "--region", "eu-south-2")
    assert "enabled" not in says.fails(1, "cloud", "up")


@pytest.mark.parametrize(("arguments", "said"), [
    (["up", "--nodes", "1"], "--nodes takes 2 or more"),
    (["up", "--jar", "missing.jar"], "missing.jar"),
    (["up", "--project", "Fruits!"], "--project takes"),
    (["submit"], "no arguments for the job"),
    (["tunnel", "--forward", "hue", "--host", "x"], "--forward takes jupyterhub"),
])
def test_wrong_options_are_named(aws_says, arguments, said):
    outcome = aws_says().try_("cloud", *arguments)
    assert outcome.code in (1, 2) and said in outcome.err
