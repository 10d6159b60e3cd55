"""The cloud commands from nothing to nothing: the program, the real aws command, and moto as AWS.

What moto does otherwise than AWS: a cluster that a stack makes has ended at once (moto drops that it is to stay), so that
jobs run on one that is made beside; and it deletes a network in the wrong order, so that `down` tries again, as it does where
AWS says that something is still in use.
"""

import re
import shutil
import signal
import subprocess

import pytest
from conftest import cluster_that_stays, stand_in

WITHOUT_CLUSTER = ("storage", "access", "network", "security")
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFruits= fruits, on a desk"
QUICKLY = ("--poll", "1")


@pytest.fixture(scope="module")
def up(cloud, tmp_path_factory):
    """What the first `up` said, and the bucket that it made."""
    folder = tmp_path_factory.mktemp("up")
    (folder / "coulis-spark.jar").write_bytes(b"jar")
    (folder / "key.pub").write_text(PUBLIC_KEY + "\n")
    outcome = cloud.try_("cloud", "up", "--jar", "coulis-spark.jar", "--public-key", "key.pub", "--no-notebooks", "--nodes", "4", *QUICKLY,
                         cwd=folder)
    assert outcome.code == 0, outcome
    return outcome, bucket_in(outcome.out)


def bucket_in(text: str) -> str:
    """The bucket that `up` names."""
    return re.search(r"^bucket +s3://(\S+)$", text, re.MULTILINE)[1]


def parameters(client, stack: str) -> dict[str, str]:
    (found,) = client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in found["Parameters"]}


def keys(client, bucket: str, prefix: str) -> set[str]:
    return {item["Key"] for item in client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])}


@pytest.fixture(scope="module")
def cluster(up, client):
    """A cluster that stays, in place of the one that moto has ended, and the stack that names it."""
    formation, made = client("cloudformation"), cluster_that_stays(client, MASTER=1, CORE=2)
    formation.delete_stack(StackName="coulis-cluster")
    formation.create_stack(StackName="coulis-cluster", TemplateBody=stand_in(ClusterId=made))
    return made


def test_up_makes_all_stacks_in_order(up):
    outcome, _ = up
    ready = [line.split(":")[0] for line in outcome.err.splitlines() if ": ready" in line]
    assert ready == [*WITHOUT_CLUSTER, "cluster"]


def test_state_is_in_the_tags_of_the_stacks(up, client):
    for stack in client("cloudformation").describe_stacks()["Stacks"]:
        tags = {tag["Key"]: tag["Value"] for tag in stack["Tags"]}
        assert tags["Project"] == "coulis" and "CoulisVersion" in tags


def test_up_uploads_the_jar_and_a_certificate(up, client):
    s3, bucket = client("s3"), up[1]
    assert s3.get_object(Bucket=bucket, Key="code/coulis-spark.jar")["Body"].read() == b"jar"
    assert s3.get_object(Bucket=bucket, Key="code/tls/nodes.zip")["Body"].read().startswith(b"PK")


def test_up_uploads_the_model_so_that_jobs_find_it_by_its_name(up, client, models_folder):
    files = {str(path.relative_to(models_folder)) for path in (models_folder / "mobilenet_v2").rglob("*") if path.is_file()}
    assert keys(client, up[1], "code/models/") == {f"code/models/{file}" for file in files}
    assert "missing" not in up[0].out


def test_model_that_is_not_here_is_an_error_before_anything(cloud):
    assert "there is no model nosuch" in cloud.fails(1, "cloud", "up", "--model", "nosuch")


def test_another_bucket_in_place_of_the_one_with_the_data_is_refused(cloud, up, client):
    error = cloud.fails(2, "cloud", "up", "--bucket", "another-bucket")
    assert up[1] in error and "--project" in error
    assert parameters(client, "coulis-storage")["BucketName"] == ""


def test_public_key_reaches_the_stack_as_it_is(up, client):
    assert parameters(client, "coulis-access")["PublicKey"] == PUBLIC_KEY


PIP = """#!/bin/sh
# In place of a package index: pip download ... -d FOLDER
[ "$2" = pip ] || exec {python} "$@"
for folder; do :; done
mkdir -p "$folder" && echo wheel > "$folder/one.whl" && echo fetched >> {said}
"""


def test_up_again_changes_nothing_but_a_cluster_that_has_ended_and_brings_what_is_new(cloud, up, client, tmp_path):
    pip, said, wheel = tmp_path / "python3", tmp_path / "said", tmp_path / "coulis-1-py3-none-any.whl"
    pip.write_text(PIP.format(python=shutil.which("python3"), said=said))
    pip.chmod(0o755)
    wheel.write_bytes(b"wheel")
    with_pip = cloud.having(PATH=f"{tmp_path}:{cloud.environment['PATH']}")
    assert parameters(client, "coulis-cluster")["Notebooks"] == "false"
    again = with_pip.try_("cloud", "up", "--wheel", wheel, "--notebooks", *QUICKLY)
    assert again.code == 0, again
    kept = [line.split(":")[0] for line in again.err.splitlines() if line.endswith("as it should be")]
    assert kept == list(WITHOUT_CLUSTER)
    assert "cluster: deleted" in again.err and "cluster: ready" in again.err
    brought = (f"code/{wheel.name}", *(f"code/notebooks/{name}" for name in ("bootstrap", "requirements.txt", "wheels/one.whl")))
    assert set(brought) <= keys(client, up[1], "code/")
    assert with_pip.try_("cloud", "up", *QUICKLY).code == 0 and said.read_text() == "fetched\n"  # what is there stays
    kept = parameters(client, "coulis-cluster")  # Though the cluster was made anew twice.
    assert (kept["CoreNodes"], kept["Notebooks"], kept["InstanceType"]) == ("3", "true", "m5.xlarge")


def test_up_that_was_interrupted_is_taken_up_by_the_next(cloud, up, client):
    job = ("cloud", "up", "--project", "cut", "--no-notebooks", *QUICKLY)
    with cloud.started(*job) as process:
        for line in process.stderr:
            if line.startswith(b"storage: ready"):
                process.send_signal(signal.SIGINT)
                break
        assert process.wait() == 128 + signal.SIGINT
    assert cloud.try_(*job).code == 0
    named = [stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]]
    assert sorted(name for name in named if name.startswith("cut-")) == sorted(f"cut-{name}" for name in (*WITHOUT_CLUSTER, "cluster"))


def test_submit_adds_a_spark_step(cloud, up, cluster, client):
    outcome = cloud.try_("cloud", "submit", "--no-follow", "--name", "fruit", "--", "--input", f"s3://{up[1]}/images", "a b,c")
    assert outcome.code == 0, outcome
    (step,) = client("emr").list_steps(ClusterId=cluster)["Steps"]
    assert step["Name"] == "fruit" and step["Config"]["Jar"] == "command-runner.jar"
    arguments = step["Config"]["Args"]
    assert arguments[0] == "spark-submit" and "--class" in arguments
    assert arguments[-4:] == [f"s3://{up[1]}/code/coulis-spark.jar", "--input", f"s3://{up[1]}/images", "a b,c"]


def test_status_shows_stacks_cluster_nodes_and_steps(cloud, up, cluster):
    outcome = cloud.try_("cloud", "status")
    assert outcome.code == 0, outcome
    lines = outcome.out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("stack")] == [f"coulis-{name}" for name in (*WITHOUT_CLUSTER, "cluster")]
    assert any(line.startswith("cluster") and cluster in line for line in lines)
    assert sum(line.startswith("node") for line in lines) == 3
    assert any(line.startswith("step") and "fruit" in line for line in lines)
    assert "an estimate, not a quote" in lines[-1]


def test_logs_are_copied(cloud, up, cluster, client, tmp_path):
    client("s3").put_object(Bucket=up[1], Key=f"logs/{cluster}/steps/s-1/stderr.gz", Body=b"log")
    assert cloud.try_("cloud", "logs", "--step", "s-1", "--out", "here", cwd=tmp_path).code == 0
    assert (tmp_path / "here/stderr.gz").read_bytes() == b"log"


def test_commands_of_a_dry_run_do_what_the_command_does(cloud, aws, tmp_path):
    """The lines, given to a shell as they are, make another project's bucket and roles."""
    shown = cloud.try_("cloud", "up", "--project", "shown", "--serverless", "--dry-run").out.splitlines()
    until = next(number for number, line in enumerate(shown) if "shown-serverless" in line)  # which moto does not know
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/coulis").symlink_to(cloud.binary)
    environment = aws | {"PATH": f"{tmp_path / 'bin'}:{aws['PATH']}"}
    subprocess.run(["bash", "-euc", "\n".join(shown[:until])], cwd=tmp_path, env=environment, check=True, capture_output=True)
    named = subprocess.run(["aws", "cloudformation", "describe-stacks", "--query", "Stacks[].StackName", "--output", "text"],
                           env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert {"shown-storage", "shown-access"} <= set(named)


def test_down_deletes_all_but_the_data_and_says_what_is_left(cloud, up, cluster, client):
    outcome = cloud.try_("cloud", "down", *QUICKLY)
    assert outcome.code == 0, outcome
    assert f"s3://{up[1]}" in outcome.out and "a month" in outcome.out
    left = {stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]}
    assert {name for name in left if name.startswith("coulis-")} == {"coulis-storage"}
    assert client("s3").list_objects_v2(Bucket=up[1])["KeyCount"] > 0


@pytest.mark.parametrize("answers", ["", "coulis\n", "{bucket}\nno\n"])
def test_data_is_deleted_only_after_two_answers(cloud, up, client, answers):
    outcome = answered(cloud, answers.format(bucket=up[1]))
    assert outcome.returncode == 1 and "nothing was deleted" in outcome.stderr
    assert client("s3").list_objects_v2(Bucket=up[1])["KeyCount"] > 0


def test_data_is_deleted_with_all_old_versions(cloud, up, client):
    client("s3").put_object(Bucket=up[1], Key="images/again.jpg", Body=b"1")
    client("s3").put_object(Bucket=up[1], Key="images/again.jpg", Body=b"2")
    outcome = answered(cloud, f"{up[1]}\ndelete\n")
    assert outcome.returncode == 0, outcome
    assert up[1] not in {bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]}
    assert cloud.try_("cloud", "down").out == "left     nothing that this project made\n"


def answered(cloud, answers: str) -> subprocess.CompletedProcess:
    return subprocess.run([cloud.binary, "cloud", "down", "--delete-data", *QUICKLY], env=cloud.environment, input=answers,
                          capture_output=True, text=True, check=False)
