"""What README.md, docs/ and --help show is tried: in a folder with photographs in photos/ and new-photos/."""

import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from command import Coulis
from networks import network
from photographs import encoded

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OPTIONS_OF_OTHERS = {"--conf", "--require-hashes", "--deploy-mode", "--jars", "--packages"}  # pip's, and spark-submit's
COMMANDS = ("run", "embed", "pack", "reduce", "validate", "models", "models list", "models pull", "models import", "models show",
            "models export", "synth", "bench", "doctor", "forget", "strip", "cloud", "cloud cost", "cloud prices", "cloud run", "cloud template", "cloud up",
            "cloud submit", "cloud status", "cloud logs", "cloud tunnel", "cloud down")
ON_AWS = {"prices", "run", "up", "submit", "status", "logs", "tunnel", "down"}  # Of `cloud`: tried as a dry run here, on a mock in tests/deploy.
QUANTISING = ("models quantize", "models report")  # Takes a minute: tried in test_quantize.py.
MADE_BY_TENSORFLOW = {"fruit.weights.h5", "saved_model/"}  # Such files are imported in tests/reference.


def blocks(document: Path, *languages: str) -> list[str]:
    """The fenced blocks in these languages."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [content for language, content in fenced if language in languages]


def commands(block: str) -> list[str]:
    """Its lines that begin with `coulis ` or `$ coulis `, without what is said beside them."""
    lines = [line.strip().removeprefix("$ ") for line in block.splitlines()]
    # What needs a bucket is tried in tests/s3.
    return [re.split(r" {3,}|\s+#", line)[0] for line in lines if line.startswith("coulis ") and ("s3://" not in line or line.startswith("coulis cloud "))]


def shown(*languages: str):
    return [pytest.param(block, id=f"{document.name}-{number}")
            for document in DOCUMENTS for number, block in enumerate(blocks(document, *languages), start=1)]


@pytest.fixture(scope="module")
def coulis(coulis, tmp_path_factory) -> Coulis:
    """The program with a models folder that an example may add to."""
    models = tmp_path_factory.mktemp("models")
    shutil.copytree(Path(coulis.environment["COULIS_MODELS"]) / "mobilenet_v2", models / "mobilenet_v2")
    return coulis.having(COULIS_MODELS=models)


@pytest.fixture(scope="module")
def prepared(coulis, tmp_path_factory) -> Path:
    """A folder with all that an example may take for granted."""
    folder = tmp_path_factory.mktemp("prepared")
    coulis("synth", "--count", 110, "--out", "photos", cwd=folder)
    (folder / "photos" / "one.png").write_bytes(encoded(1, "PNG"))
    coulis("synth", "--count", 5, "--seed", 2, "--out", "new-photos", cwd=folder)
    coulis("run", "photos", "--out", "results", cwd=folder)
    with tarfile.open(folder / "photos.tar", "w") as packed:
        packed.add(folder / "photos", arcname="")
    (folder / "list.csv").write_text("path,label\none.png,a square\n")
    network(folder / "resnet50.onnx")
    (folder / "coulis-spark.jar").write_bytes(b"jar")
    (folder / "coulis-0.1.0-py3-none-any.whl").write_bytes(b"wheel")
    (folder / "key.pub").write_text("ssh-ed25519 AAAA somebody\n")
    return folder


@pytest.fixture
def scratch(prepared, tmp_path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "scratch"))


def run_shown(coulis, command: str, folder: Path) -> None:
    """As it stands, but with fewer made-up photographs, and without the results that it is about to make."""
    words = shlex.split(re.sub(r"--count \d+", "--count 12", command))[1:]
    if words[0] == "cloud" and words[1] in ON_AWS and "--dry-run" not in words:
        words.insert(2, "--dry-run")
    if "--out" in words and not {"--resume", "--overwrite"} & set(words):
        shutil.rmtree(folder / words[words.index("--out") + 1], ignore_errors=True)
    outcome = coulis.try_(*words, cwd=folder)
    assert outcome.code == 0, (command, outcome)


@pytest.mark.parametrize("block", shown("console", "sh"))
def test_commands_of_the_documents_run(coulis, scratch, block):
    for command in commands(block):
        run_shown(coulis, command, scratch)


def test_readme_shows_commands_to_try():
    assert any(commands(block) for block in blocks(ROOT / "README.md", "console"))


@pytest.mark.parametrize("block", shown("python"))
def test_python_of_the_documents_runs(scratch, block):
    (scratch / "RESULTS").symlink_to("results")
    tried = subprocess.run([sys.executable, "-c", block], cwd=scratch, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_examples_of_the_help_run(coulis, scratch, command):
    examples = coulis(*command.split(), "--help").out.split("Example")[1]
    found = commands(examples)
    assert found
    for example in found:
        if MADE_BY_TENSORFLOW.isdisjoint(example.split()):
            run_shown(coulis, example, scratch)


def test_options_that_the_documents_name_exist(coulis):
    known = "".join(coulis(*command.split(), "--help").out for command in ("", *COMMANDS, *QUANTISING))
    known += subprocess.run([sys.executable, ROOT / "bench" / "compare", "--help"], capture_output=True, text=True, check=True).stdout
    for document in DOCUMENTS:
        code = re.findall(r"`([^`\n]+)`", document.read_text(encoding="utf-8"))
        options = {option for piece in code if not piece.startswith(("cmake", "scripts/", "pip"))
                   for option in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", piece)}
        assert {option for option in options - OPTIONS_OF_OTHERS if not re.search(rf"{option}\b", known)} == set(), document


def test_readme_lists_the_commands_that_are_there(coulis):
    listed = re.findall(r"^coulis (\w+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    there = re.findall(r"^  (\w+) ", coulis("--help").out.split("\nSubcommands:\n")[1].split("\n\n")[0], re.MULTILINE)
    assert sorted(set(listed)) == sorted(there)
