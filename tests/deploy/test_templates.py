"""The stacks as files: valid by every rule of cfn-lint, refused outside Europe, wired in one order, small."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.session import Session

import stacks

ROOT = stacks.FOLDER.parents[1]
# Member states of the EU and EEA that have a region of AWS: Germany, Sweden, Italy, Spain, Ireland, France.
REGIONS = sorted(Session().get_available_regions("emr") + Session().get_available_regions("emr", "aws-us-gov"))


def lint(*files: Path) -> subprocess.CompletedProcess:
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", "--", *map(str, files)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_no_rule_of_cfn_lint_has_anything_to_say():
    result = lint(*sorted(stacks.FOLDER.glob("*.yaml")))
    assert (result.returncode, json.loads(result.stdout)) == (0, []), result.stdout


@pytest.mark.parametrize(
    ("name", "said", "wrong", "rule"),
    [
        ("storage", "Status: Enabled }", "Status: On }", "E3030"),
        ("cluster", "    DeletionPolicy: Delete\n", "", "I3011"),  # informational
        ("storage", "        why: Everything", "        reason: Everything", "W4012"),  # experimental
    ],
)
def test_lint_sees_what_is_wrong(tmp_path, name, said, wrong, rule):
    text = (stacks.FOLDER / f"{name}.yaml").read_text()
    assert said in text
    broken = tmp_path / f"{name}.yaml"
    broken.write_text(text.replace(said, wrong))
    assert rule in {match["Rule"]["Id"] for match in json.loads(lint(broken).stdout)}


def test_order_names_every_stack():
    assert {file.stem for file in stacks.FOLDER.glob("*.yaml")} == set(stacks.ORDER)
    for number, name in enumerate(stacks.ORDER, 1):
        assert stacks.template(name)["Description"].startswith(f"Coulis {number} of {len(stacks.ORDER)}: ")


def test_each_import_is_exported_by_an_earlier_stack():
    stacks.render_all()  # a KeyError where it is not


def test_serverless_needs_storage_and_access_only():
    stacks.render("serverless", stacks.render("access", {}).exports)


@pytest.mark.parametrize("name", stacks.ORDER)
def test_regions_outside_the_eea_are_refused(name):
    allowed = {region for region in REGIONS if not stacks.broken_rules(name, region)}
    assert allowed == stacks.ALLOWED_REGIONS
    assert "eu-west-2" in REGIONS and "eu-central-2" in REGIONS  # London, Zurich: Europe, not EEA


@pytest.mark.parametrize("region", sorted(stacks.ALLOWED_REGIONS))
def test_refusal_says_where_to_go(region):
    assert region in stacks.broken_rules("storage", "us-east-1")[0]


def test_a_network_of_ones_own_needs_its_subnets():
    assert "ExistingSubnets" in stacks.broken_rules("network", ExistingVpc="vpc-1")[0]
    assert not stacks.broken_rules("network", ExistingVpc="vpc-1", ExistingSubnets="subnet-1,subnet-2")


@pytest.mark.parametrize("name", stacks.ORDER)
def test_stacks_are_small(name):
    file = stacks.FOLDER / f"{name}.yaml"
    lines = file.read_text().splitlines()
    assert len(lines) <= 300
    assert max(map(len, lines)) <= 120
    assert file.stat().st_size < 51_200  # what `aws cloudformation deploy` takes without a bucket


@pytest.mark.parametrize("name", stacks.ORDER)
def test_no_account_or_bucket_is_written_down(name):
    text = (stacks.FOLDER / f"{name}.yaml").read_text()
    assert stacks.ACCOUNT not in text and "arn:aws:" not in text


def test_parameters_have_defaults_but_for_the_bucket():
    for name in stacks.ORDER:
        without = {key for key, value in stacks.template(name)["Parameters"].items() if "Default" not in value}
        assert without <= {"Bucket"}, name
