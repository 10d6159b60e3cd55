"""The software settings: settings.json is the template's, sizes fit the machines, and EMR's shapes accept both."""

import json
import re

import pytest
from botocore.session import Session
from botocore.validate import ParamValidator

import emr
import stacks

SETTINGS = json.loads((stacks.FOLDER / "settings.json").read_text())
SHAPES = Session().get_service_model("emr")
TYPES = stacks.template("cluster")["Parameters"]["InstanceType"]["AllowedValues"]
CORES = {"xlarge": 4, "2xlarge": 8, "4xlarge": 16}
GIB_A_CORE = {"m": 4, "c": 2}


def cluster(**given) -> dict:
    return stacks.render_all(cluster=given)["cluster"].resources["Cluster"]["Properties"]


def properties(configurations: list[dict], classification: str) -> dict:
    return next(item["Properties"] for item in configurations if item["Classification"] == classification)


def faults(arguments: dict) -> str:
    return ParamValidator().validate(arguments, SHAPES.operation_model("RunJobFlow").input_shape).generate_report()


@pytest.mark.parametrize("given", [{}, {"Notebooks": "false"}, {"SpotNodes": "2"}, {"KeyName": "mine"}], ids=str)
def test_request_has_emr_s_shape(given):
    assert faults(emr.run_job_flow(cluster(**given))) == ""


def test_settings_have_emr_s_shape():
    request = {"Name": "x", "Instances": {}, "Configurations": SETTINGS}
    assert faults(request) == ""
    assert faults({**request, "Configurations": [{"classification": "spark"}]}) != ""
    assert faults({**request, "Configurations": [{"Classification": "spark", "Properties": {"a": 1}}]}) != ""


def test_settings_are_those_of_the_template():
    text = (stacks.FOLDER / "settings.json").read_text().replace("YOUR-BUCKET", stacks.BUCKET)
    assert json.loads(text) == emr.settings(cluster()["Configurations"])


def test_notebooks_are_kept_in_the_bucket():
    kept = properties(emr.settings(cluster()["Configurations"]), "jupyter-s3-conf")
    assert kept == {"s3.persistence.enabled": "true", "s3.persistence.bucket": stacks.BUCKET}


def mib(text: str) -> int:
    return int(re.fullmatch(r"(\d+)m", text)[1])


@pytest.mark.parametrize("instance_type", TYPES)
def test_spark_is_sized_from_the_instance_type(instance_type):
    family, size = instance_type.split(".")
    cores, memory = CORES[size], CORES[size] * GIB_A_CORE[family[0]] * 1024
    found = emr.settings(cluster(InstanceType=instance_type)["Configurations"])
    yarn, spark = properties(found, "yarn-site"), properties(found, "spark-defaults")

    node = int(yarn["yarn.nodemanager.resource.memory-mb"])
    driver = mib(spark["spark.driver.memory"]) + mib(spark["spark.driver.memoryOverhead"])
    heap, native = mib(spark["spark.executor.memory"]), mib(spark["spark.executor.memoryOverhead"])
    assert node == int(yarn["yarn.scheduler.maximum-allocation-mb"]) == memory * 3 // 4
    assert spark["spark.executor.cores"] == str(cores)
    assert heap + native + driver == node  # an executor a node, and the driver beside it on any node
    assert 0.55 <= heap / (heap + native) <= 0.6 and heap % 256 == 0
    assert native >= 256 * cores  # each core decodes and infers outside of Java's heap


def test_every_size_can_be_chosen_and_no_other():
    assert set(TYPES) == set(stacks.template("cluster")["Mappings"]["Sizes"])


def test_serverless_workers_have_sizes_that_there_are():
    """Whole gigabytes: 4 to 16 for two vCPUs, 8 to 30 for four; as many cores a worker as on m5.xlarge."""
    (spark,) = stacks.render_all()["serverless"].resources["Application"]["Properties"]["RuntimeConfiguration"]
    sizes = {who: sum(mib(spark["Properties"][f"spark.{who}.{part}"]) for part in ("memory", "memoryOverhead")) for who in ("driver", "executor")}
    assert all(size % 1024 == 0 for size in sizes.values())
    assert 4 <= sizes["driver"] // 1024 <= 16 and spark["Properties"]["spark.driver.cores"] == "2"
    assert 8 <= sizes["executor"] // 1024 <= 30
    assert spark["Properties"]["spark.executor.cores"] == properties(SETTINGS, "spark-defaults")["spark.executor.cores"] == "4"


def lower_first(item):
    """CloudFormation's names as the API of EMR Serverless has them."""
    if isinstance(item, dict):
        return {key[0].lower() + key[1:]: lower_first(value) for key, value in item.items()}
    return [lower_first(value) for value in item] if isinstance(item, list) else item


def test_application_has_emr_serverless_s_shape():
    application = lower_first(stacks.render_all()["serverless"].resources["Application"]["Properties"])
    application["tags"] = {tag["key"]: tag["value"] for tag in application["tags"]}
    for item in application["runtimeConfiguration"]:
        item["properties"] = {f"{key}": value for key, value in item["properties"].items()}
    shape = Session().get_service_model("emr-serverless").operation_model("CreateApplication").input_shape
    report = ParamValidator().validate({"clientToken": "x", **application}, shape)
    assert report.generate_report() == ""
