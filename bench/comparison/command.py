"""bench/compare: what its options mean, and the rounds."""

import argparse
import datetime
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from . import checks, images, machine, network, report, table
from .contenders import ENGINE, Contender, contenders
from .environments import BENCH, SetupError, coulis_jar, java, python_of, synapseml_jars
from .memory import adopt_orphans
from .turns import Peer, PeerError, take_turn

ROOT = BENCH.parent
EXAMPLES = """\
examples:
  bench/compare                                        all, on COULIS_FRUITS360 or made-up photographs
  bench/compare --images photos/ --limit 800
  bench/compare --only coulis-f32,daft-openvino --limit 400
  bench/compare --only daft-onnx --set daft-onnx.batch=64 --set daft-onnx.instances=1
  bench/compare --setup-only                           environments and jars only
"""


def parse(arguments: list[str], known: list[Contender]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/compare", formatter_class=argparse.RawDescriptionHelpFormatter, epilog=EXAMPLES,
        description="Measures Coulis and others in turn, on the same images, and writes a table. Contenders: "
                    + ", ".join(contender.name for contender in known))
    parser.add_argument("--images", type=Path, metavar="DIR", help="photographs (.jpg), at any depth "
                        "(default: COULIS_FRUITS360, else photographs that `coulis synth` makes)")
    parser.add_argument("--limit", type=int, default=1600, metavar="N", help="so many of them (default: 1600; 0: all)")
    parser.add_argument("--warm-up", type=int, default=96, metavar="N", help="images of the warm-up (default: 96)")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="rounds (default: 3)")
    parser.add_argument("--only", metavar="NAMES", help="these contenders, separated by commas")
    parser.add_argument("--set", action="append", default=[], metavar="NAME.SETTING=VALUE", dest="settings",
                        help="another value of one setting; may be given several times")
    parser.add_argument("--out", type=Path, default=BENCH / "results", metavar="DIR",
                        help="where comparison.csv and comparison.md go (default: bench/results)")
    parser.add_argument("--readme", action="store_true", help="put the tables into README.md too")
    parser.add_argument("--setup-only", action="store_true", help="make the environments, measure nothing")
    options = parser.parse_args(arguments)
    names = set((options.only or ",".join(contender.name for contender in known)).split(","))
    options.contenders = [contender for contender in known if contender.name in names]
    if unknown := names - {contender.name for contender in known}:
        parser.error(f"no contender is called {', '.join(sorted(unknown))}")
    if options.limit < 0 or options.repeats < 1 or options.warm_up < 1:
        parser.error("--limit takes a number from 0, --repeats and --warm-up one from 1")
    for text in options.settings:
        change(parser, options.contenders, text)
    if options.images is None and os.environ.get("COULIS_FRUITS360"):
        options.images = Path(os.environ["COULIS_FRUITS360"])
    return options


def change(parser, chosen: list[Contender], text: str) -> None:
    """Carries out --set."""
    place, _, value = text.partition("=")
    name, _, setting = place.partition(".")
    settings = next((contender.settings for contender in chosen if contender.name == name), {})
    if setting not in settings:
        parser.error(f"--set {text}: takes NAME.SETTING=VALUE, of a contender that takes part and has this setting")
    settings[setting] = type(settings[setting])(value)


def the_program() -> Path:
    """COULIS, else that of build/release, made when it is not there."""
    if named := os.environ.get("COULIS"):
        return Path(named).resolve()
    subprocess.run([ROOT / "scripts" / "setup"], check=True, stdout=sys.stderr)
    return ROOT / "build" / "release" / "cli" / "coulis"


def set_up(results: list[table.Results]) -> tuple[dict[str, Path], dict]:
    """The Python of each contender, and settings that only this machine has; one that cannot be set up has failed."""
    pythons, places = {}, {}
    for result in results:
        contender = result.contender
        say(f"setting up {contender.name}")
        try:
            if contender.needs_java:
                java()
            own = contender.environment
            pythons[contender.name] = python_of(own) if own else Path(sys.executable)
            if contender.name == "synapseml":
                places["jars"] = str(synapseml_jars())
            if contender.name in ("coulis-spark", "coulis-job"):
                places |= {"jar": str(coulis_jar()), "package": str(ROOT / "python")}
        except SetupError as problem:
            fail(result, problem)
    return pythons, places


def fail(result: table.Results, problem: Exception) -> None:
    result.failure = str(problem)
    say(f"  {result.contender.name} {problem}")


def run_rounds(options, results: list[table.Results], pythons, common: dict, work: Path, folders, finish) -> None:
    """Each contender that has not failed has its turn, round after round; `finish` writes what there is."""
    reference = None
    for number in range(1, options.repeats + 1):
        for result in (result for result in results if not result.failure):
            contender, log = result.contender, options.out / "logs" / f"{result.contender.name}.log"
            try:
                peer = Peer(contender, pythons[contender.name], common | contender.settings, log)
                turn = take_turn(peer, *folders, work / "out")
                features, least = (None, None) if ENGINE in turn.seconds else checks.check(
                    contender, work / "out", folders[1], turn.seconds, reference)
            except (PeerError, OSError) as problem:
                fail(result, problem)
                continue
            if contender.name == "coulis-f32" and reference is None:
                reference = features
            result.add(turn, least)
            rates = ", ".join(f"{task} {common['images'] / seconds:.1f}" for task, seconds in turn.seconds.items())
            say(f"round {number}: {contender.name}: images/s: {rates}")
        finish()


def main(arguments: list[str]) -> int:
    known = contenders(machine.cores())
    options = parse(arguments, known)
    results = [table.Results(contender) for contender in options.contenders]
    pythons, places = set_up(results)
    if options.setup_only:
        return int(any(result.failure for result in results))
    coulis = the_program()
    adopt_orphans()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # So that the running peer is ended too.
    (options.out / "logs").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="coulis-compare-") as folder:
        work = Path(folder).resolve()
        folders = images.gather(options.images, options.limit, options.warm_up, coulis, work)
        count = sum(1 for _ in folders[1].rglob("*.jpg"))
        common = network.export(coulis, "mobilenet_v2", work)
        common |= places | {"coulis": str(coulis), "threads": machine.cores(), "images": count}
        facts = {"images": count, "source": options.images.name if options.images else "made by coulis synth",
                 "machine": machine.describe(), "version": machine.version(coulis), "repeats": options.repeats,
                 "warm_up": min(options.warm_up, count), "date": datetime.date.today().isoformat()}

        def finish():
            text = report.write(options.out, table.rows(results, count), options.contenders, facts)
            if options.readme:
                table.put_between_marks(ROOT / "README.md", text)

        run_rounds(options, results, pythons, common, work, folders, finish)
    print((options.out / "comparison.md").read_text(encoding="utf-8").partition("\n## ")[0])
    return 0


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
