"""Jobs on EMR Serverless: the program, the real aws command, and moto, which knows applications and jobs, though not the
stack that makes the application: one is made beside. A job of moto's has succeeded at once; other ends are AWS's words,
said by a program in place of `aws`."""

import json

import pytest
from conftest import stand_in
from test_cloud_errors import CODE, NO_STACK

REGION = "eu-west-3"
ROLE = "arn:aws:iam::123456789012:role/coulis-job"
QUICKLY = ("--poll", "0")


@pytest.fixture(scope="module")
def application(cloud, client):
    """An application, and the stacks that name it and the bucket."""
    made = client("emr-serverless").create_application(name="coulis", releaseLabel="emr-7.13.0", type="SPARK")["applicationId"]
    s3 = client("s3")
    s3.create_bucket(Bucket="fruits", CreateBucketConfiguration={"LocationConstraint": REGION})
    for key in json.loads(CODE[2]):
        s3.put_object(Bucket="fruits", Key=key, Body=b"there")
    outputs = {"storage": {"Bucket": "fruits"}, "serverless": {"ApplicationId": made, "JobRoleArn": ROLE}}
    for stack, values in outputs.items():
        client("cloudformation").create_stack(StackName=f"coulis-{stack}", TemplateBody=stand_in(**values),
                                              Tags=[{"Key": "Project", "Value": "coulis"}])
    return made


def test_submit_starts_the_jar_with_the_arguments_and_follows_it(cloud, application, client):
    outcome = cloud.try_("cloud", "submit", "--serverless", "--name", "fruit", *QUICKLY, "--", "s3://fruits/images", "--out", "s3://fruits/results/a b,c")
    assert outcome.code == 0 and "done" in outcome.err, outcome
    serverless = client("emr-serverless")
    (job,) = serverless.list_job_runs(applicationId=application)["jobRuns"]
    run = serverless.get_job_run(applicationId=application, jobRunId=job["id"])["jobRun"]
    assert run["name"] == "fruit" and run["executionRole"] == ROLE
    assert run["jobDriver"]["sparkSubmit"] == {
        "entryPoint": "s3://fruits/code/coulis-spark.jar", "entryPointArguments": ["s3://fruits/images", "--out", "s3://fruits/results/a b,c"],
        "sparkSubmitParameters": "--class coulis.spark.Main"}


def test_status_shows_the_application_and_its_jobs(cloud, application):
    outcome = cloud.try_("cloud", "status")
    assert outcome.code == 0, outcome
    assert f"app      {application}" in outcome.out and "SUCCESS" in outcome.out and "fruit" in outcome.out
    assert "an estimate, not a quote" in outcome.out


def test_logs_of_a_job_are_copied(cloud, application, client, tmp_path):
    client("s3").put_object(Bucket="fruits", Key=f"logs/serverless/applications/{application}/jobs/j-1/SPARK_DRIVER/stderr.gz", Body=b"log")
    assert cloud.try_("cloud", "logs", "--serverless", "--step", "j-1", "--out", "here", cwd=tmp_path).code == 0
    assert (tmp_path / "here/SPARK_DRIVER/stderr.gz").read_bytes() == b"log"


def test_down_stops_the_application_which_otherwise_cannot_be_deleted(cloud, application, client):
    outcome = cloud.try_("cloud", "down", "--poll", "1")
    assert outcome.code == 0, outcome
    assert client("emr-serverless").get_application(applicationId=application)["application"]["state"] == "STOPPED"
    left = {stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]}
    assert "coulis-serverless" not in left and "coulis-storage" in left


def test_dry_run_prints_the_commands(coulis_binary, tmp_path):
    from command import Coulis
    outcome = Coulis(coulis_binary, {"PATH": str(tmp_path)}).try_("cloud", "submit", "--serverless", "--dry-run", "--", "s3://fruits/images")
    lines = outcome.out.splitlines()
    assert lines[-2].startswith('job=$(aws emr-serverless start-job-run --application-id "${application}" --execution-role-arn "${role}"')
    assert lines[-1] == 'aws emr-serverless get-job-run --application-id "${application}" --job-run-id "${job}" --output json --region eu-west-3'


def ended(says, state: str, details: str):
    outputs = CODE, ("ApplicationId", 0, "app1\n", ""), ("JobRoleArn", 0, ROLE + "\n", ""), ("Bucket", 0, "fruits\n", "")
    job = ("start-job-run", 0, "job1\n", ""), ("get-job-run", 0, json.dumps({"jobRun": {"state": state, "stateDetails": details}}), "")
    return says(*outputs, *job).try_("cloud", "submit", "--serverless", "--", "x")


def test_failed_job_gives_its_reason_and_where_its_logs_are(aws_says):
    outcome = ended(aws_says, "FAILED", "Job failed. ExitCode: 1. No such bucket")
    assert outcome.code == 1
    assert "No such bucket: read its logs with `coulis cloud logs --serverless --step job1`" in outcome.err


def test_too_many_bad_images_are_exit_code_3(aws_says):
    assert ended(aws_says, "FAILED", "Job failed, please check complete logs. ExitCode: 3. Last few exceptions: none").code == 3


def up_beside_a_job(aws_says, code: tuple):
    """The program in place of aws would not know the command that changes the application."""
    there = {"Stacks": [{"StackName": "fruits-storage", "StackStatus": "CREATE_COMPLETE"}]}
    as_it_is = [(f"update-stack --stack-name fruits-{stack}", 1, "", "No updates are to be performed") for stack in ("storage", "access")]
    return aws_says(
        ("get-caller-identity", 0, "{}", ""), ("OutputKey==`Bucket`", 0, "fruits\n", ""), ("ApplicationId", 0, "app1\n", ""),
        ("list-job-runs", 0, json.dumps({"jobRuns": [{"id": "old", "state": "SUCCESS"}, {"id": "now", "state": "RUNNING"}]}), ""),
        *as_it_is, ("describe-stacks", 0, json.dumps(there), ""), code).try_("cloud", "up", "--serverless", "--project", "fruits", "--poll", "0")


def test_application_is_not_changed_while_a_job_is_under_way(aws_says):
    outcome = up_beside_a_job(aws_says, CODE)
    assert outcome.code == 0 and "a job is under way; stays as it is" in outcome.err, outcome
    assert outcome.out == "bucket   s3://fruits\n"


def test_up_says_what_jobs_will_lack(aws_says):
    outcome = up_beside_a_job(aws_says, ("list-objects-v2", 0, "[]", ""))
    for command in ("coulis cloud up --jar FILE --project fruits", "coulis models pull mobilenet_v2", "coulis cloud up --model mobilenet_v2 --project fruits"):
        assert f"`{command}`" in outcome.out


def test_error_of_a_job_is_its_driver_s_own_line(aws_says):
    log = ("logs/serverless/applications/app1/jobs/job1/SPARK_DRIVER/stderr.gz", 0, "", "", {"": "INFO\ncoulis: error: no such folder: name another\n"})
    outputs = CODE, ("OutputKey==`ApplicationId`", 0, "app1\n", ""), ("JobRoleArn", 0, ROLE + "\n", ""), ("Bucket", 0, "fruits\n", "")
    run = {"applicationId": "app1", "state": "FAILED", "stateDetails": "Job failed. ExitCode: 1."}
    says = aws_says(*outputs, log, ("start-job-run", 0, "job1\n", ""), ("get-job-run", 0, json.dumps({"jobRun": run}), ""))
    outcome = says.try_("cloud", "submit", "--serverless", "--poll", "0", "--", "x")
    assert outcome.code == 1 and "ended as FAILED: no such folder: name another: read its logs" in outcome.err, outcome


@pytest.mark.parametrize("command", [["submit", "--serverless", "--", "x"], ["logs", "--serverless"]])
def test_without_an_application_it_says_how_to_make_one(aws_says, command):
    bucket = ("Bucket", 0, "fruits\n", "")
    assert "`coulis cloud up --serverless`" in aws_says(CODE, bucket, NO_STACK).fails(1, "cloud", *command)


def test_down_cancels_running_jobs_first(aws_says, tmp_path):
    """The program in place of aws ends with an error where a command is not foreseen, so that each is one of these."""
    states = {"Stacks": [{"StackName": "coulis-serverless", "StackStatus": "CREATE_COMPLETE", "Tags": [{"Key": "Project", "Value": "coulis"}]}]}
    says = aws_says(
        ("ApplicationId", 0, "app1\n", ""), ("list-job-runs", 0, json.dumps({"jobRuns": [{"id": "old", "state": "SUCCESS"}, {"id": "now", "state": "RUNNING"}]}), ""),
        ("cancel-job-run --application-id app1 --job-run-id now", 0, "{}", ""),
        ("get-job-run --application-id app1 --job-run-id now", 0, json.dumps({"jobRun": {"state": "CANCELLED"}}), ""),
        ("get-application", 0, json.dumps({"application": {"state": "CREATED"}}), ""),  # never started: nothing to stop
        ("delete-stack", 0, "", ""), NO_STACK, ("describe-stacks", 0, json.dumps(states), ""))
    outcome = says.try_("cloud", "down", "--poll", "0")
    assert outcome.code == 0 and "no answer" not in outcome.err, outcome
