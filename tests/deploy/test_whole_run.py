"""`coulis cloud run`: from a folder here to results here, with the real aws command and moto as AWS.

What moto has no machines for is played by a program that stands before `aws`: a job of EMR Serverless is done at its start by
the command `coulis run`, on what lies in the bucket, and its results go to the bucket. The stack of the application, whose
kind moto does not know, is made of a template without it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import stand_in
from test_cloud import keys
from test_cloud_errors import CODE

QUICKLY = ("--poll", "0")
BEFORE_AWS = """#!{python}
import json, os, subprocess, sys
words = sys.argv[1:]
aws, coulis, stand_in, played = {aws!r}, {coulis!r}, {stand_in!r}, {played!r}

def value(option):
    return words[words.index(option) + 1]

if words[0] == "cloudformation" and words[1] in ("create-stack", "update-stack") and value("--stack-name").endswith("-serverless"):
    words[words.index("--template-body") + 1] = "file://" + stand_in
    words[words.index("--parameters") + 1] = "[]"
if words[:2] == ["emr-serverless", "start-job-run"]:
    images, _, out, *options = json.loads(value("--job-driver"))["sparkSubmit"]["entryPointArguments"]
    run = lambda *command: subprocess.run(command, check=True, stdout=sys.stderr, cwd=os.path.dirname(played))
    run(aws, "s3", "sync", "--only-show-errors", images, "there")
    run(coulis, "run", "there", "--out", "made", "--quiet", *options)
    run(aws, "s3", "sync", "--only-show-errors", "made", out)
    open(played, "a").write("job\\n")
if words[:2] == ["emr-serverless", "get-job-run"] and os.path.exists(played + ".failed"):
    print(json.dumps({{"jobRun": {{"state": "FAILED", "stateDetails": "Job failed. ExitCode: 1."}}}}))
    sys.exit()
os.execv(aws, [aws, *words])
"""


@pytest.fixture(scope="module")
def photographs(coulis_binary, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "photos"
    subprocess.run([coulis_binary, "synth", "--count", "12", "--out", folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def played(photographs) -> Path:
    """A line for each job."""
    return photographs.parent / "played"


@pytest.fixture(scope="module")
def program(cloud, aws, client, photographs, played):
    """The program, before whose `aws` stands what plays the jobs."""
    folder = photographs.parent
    serverless, role = client("emr-serverless"), "arn:aws:iam::123456789012:role/coulis-job"
    application = serverless.create_application(name="coulis-run", releaseLabel="emr-7.13.0", type="SPARK")["applicationId"]
    serverless.start_job_run(applicationId=application, executionRoleArn=role)  # moto lists jobs only where there was one
    (folder / "stand_in.json").write_text(stand_in(ApplicationId=application, JobRoleArn=role))
    real = subprocess.run(["which", "aws"], env=aws, capture_output=True, text=True, check=True).stdout.strip()
    (folder / "bin").mkdir()
    (folder / "bin/aws").write_text(BEFORE_AWS.format(python=sys.executable, aws=real, coulis=str(cloud.binary), played=str(played),
                                                      stand_in=str(folder / "stand_in.json")))
    (folder / "bin/aws").chmod(0o755)
    (folder / "coulis-spark.jar").write_bytes(b"jar")
    return cloud.having(PATH=f"{folder / 'bin'}:{aws['PATH']}", COULIS_JAR=folder / "coulis-spark.jar")


def stacks_of(client) -> set[str]:
    named = {stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]}
    return {name for name in named if name.startswith("coulis-run-")}


def answered(program, answer: str, *arguments) -> subprocess.CompletedProcess:
    return subprocess.run(program.command("cloud", "run", *arguments), env=program.environment, input=answer, capture_output=True, text=True,
                          check=False, timeout=300)


def test_price_is_said_first_and_no_makes_nothing(program, client, photographs, tmp_path):
    for answer in ("", "no\n"):
        outcome = answered(program, answer, photographs, "--out", tmp_path / "vectors")
        assert outcome.returncode == 1 and "nothing was made" in outcome.stderr
        assert "price    less than a cent for the job in Paris" in outcome.stdout and "to bring 12 files" in outcome.stdout
        assert "not a quote" in outcome.stdout
    assert not stacks_of(client) and not (tmp_path / "vectors").exists()


@pytest.fixture(scope="module")
def whole(program, photographs):
    out = photographs.parent / "vectors"
    return answered(program, "yes\n", photographs, "--out", out, *QUICKLY, "--", "--components", "3"), out


def test_one_command_brings_images_up_and_results_down(whole):
    outcome, out = whole
    assert outcome.returncode == 0, outcome
    record = json.loads((out / "run.json").read_text())
    assert record["counts"]["images"] == 12 and record["pca"]["k"] == 3
    assert sorted(path.name for path in out.parent.iterdir() if path.name.startswith(".")) == []


def test_everything_but_the_bucket_is_deleted_in_the_end(whole, client, photographs):
    assert stacks_of(client) == {"coulis-run-storage"}
    (bucket,) = [name["Name"] for name in client("s3").list_buckets()["Buckets"] if f"s3://{name['Name']}: " in whole[0].stdout]
    names = {str(path.relative_to(photographs)) for path in photographs.rglob("*.jpg")}
    assert keys(client, bucket, "images/") == {f"images/run/{name}" for name in names}
    assert "results/run/run.json" in keys(client, bucket, "results/")


def test_again_it_brings_nothing_twice_and_goes_on_with_the_results_there(whole, program, photographs, tmp_path, played):
    (photographs / "new").mkdir()
    (photographs / "new/one.jpg").write_bytes(next(photographs.glob("*/*.jpg")).read_bytes())
    outcome = answered(program, "", photographs, "--out", tmp_path / "vectors", "--yes", "--keep", *QUICKLY, "--", "--components", "3")
    (photographs / "new/one.jpg").unlink()
    (photographs / "new").rmdir()
    assert outcome.returncode == 0, outcome
    assert "bringing the images: 1 files copied" in outcome.stderr
    assert json.loads((tmp_path / "vectors/run.json").read_text())["counts"]["images"] == 13
    assert played.read_text() == "job\njob\n"


def test_failed_job_leaves_all_as_it_is(whole, program, client, photographs, played, tmp_path):
    failing = played.with_name("played.failed")
    failing.touch()
    outcome = answered(program, "", photographs, "--out", tmp_path / "vectors", "--yes", *QUICKLY)
    failing.unlink()
    assert outcome.returncode == 1 and re.search(r"read its logs with `coulis cloud logs --serverless --step \S+ --project coulis-run`", outcome.stderr)
    assert "coulis-run-serverless" in stacks_of(client) and not (tmp_path / "vectors").exists()


def test_job_that_is_under_way_is_followed_and_no_second_one_started(aws_says, photographs, tmp_path):
    """The program in place of aws would not know the command that starts one."""
    output = [(f"OutputKey==`{name}`", 0, value + "\n", "") for name, value in (("Bucket", "fruits"), ("ApplicationId", "app1"))]
    there = ("describe-stacks", 0, json.dumps({"Stacks": [{"StackName": "x", "StackStatus": "CREATE_COMPLETE"}]}), "")
    nothing = ("update-stack", 255, "", "An error occurred (ValidationError): No updates are to be performed.\n")
    jobs = [{"id": "old", "name": "run", "state": "SUCCESS"}, {"id": "other", "name": "x", "state": "RUNNING"}, {"id": "now", "name": "run", "state": "RUNNING"}]
    says = aws_says(("get-caller-identity", 0, "{}", ""), *output, there, nothing, CODE, ("s3 sync", 0, "", ""), ("s3 cp", 0, "", ""),
                    ("list-job-runs", 0, json.dumps({"jobRuns": jobs}), ""),
                    ("get-job-run --application-id app1 --job-run-id now", 0, json.dumps({"jobRun": {"state": "FAILED", "stateDetails": "enough"}}), ""))
    outcome = answered(says, "", photographs, "--out", tmp_path / "vectors", "--yes", *QUICKLY)
    assert "job now ended as FAILED: enough" in outcome.stderr


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (["nowhere", "--out", "vectors"], 1, "there is no nowhere"),
    (["empty", "--out", "vectors"], 1, "there are no images in empty"),
    (["photos", "--out", "full"], 2, "full is not empty"),
    (["photos", "--out", "vectors", "--name", "a/b"], 2, "--name takes letters"),
    (["photos", "--out", "vectors", "--region", "us-east-1"], 2, "lies outside the EU and EEA"),
    (["photos", "--out", "vectors", "--model", "nosuch"], 1, "there is no model nosuch"),
])
def test_what_is_wrong_is_said_before_anything_is_asked(aws_says, photographs, tmp_path, arguments, code, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    (tmp_path / "photos").symlink_to(photographs)
    assert said in aws_says().fails(code, "cloud", "run", *arguments, cwd=tmp_path)
