"""What every peer speaks with bench/compare: lines of JSON.

Started as `python PEER.py SETTINGS`, where SETTINGS is a JSON object: the network (`onnx`, `width`, `height`, `mean`,
`scale`), `threads`, and the peer's own settings. It answers {"versions": ...} once it is ready for work, then one
line for each job {"images": FOLDER, "out": FOLDER} on its standard input: {"seconds": {TASK: SECONDS}}, counted from
the folder's name to the Parquet files in OUT/features (`path`, `features`) and, for a peer that goes on to a PCA, in
OUT/pca (`path`, `pca`); {"start_up": SECONDS} besides when some of its time was spent on getting ready; or
{"error": "one line"}. It ends with its input.
"""

import importlib.metadata
import json
import os
import sys
import time
import traceback
import types

FEATURES, REDUCED, ENGINE = "features", "features + PCA", "engine alone"


def serve(start, *packages: str) -> None:
    """`start(settings)` gives the function that does a job: (images, out) -> None when its work ends with the
    features, else the seconds of each task, or (these, the seconds of its start-up)."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # What libraries print is no answer.

    def answer(**fields):
        print(json.dumps(fields), file=answers)

    try:
        job = start(types.SimpleNamespace(**json.loads(sys.argv[1])))
        answer(versions={name: importlib.metadata.version(name) for name in packages})
        for line in sys.stdin:
            answer(**timed(job, json.loads(line)))
    except Exception as problem:
        traceback.print_exc()
        kind = "" if type(problem) is RuntimeError else f"{type(problem).__name__}: "
        answer(error=f"{kind}{problem}")
        sys.exit(1)


def timed(job, request: dict) -> dict:
    began = time.monotonic()
    seconds = job(request["images"], request["out"]) or {FEATURES: time.monotonic() - began}
    return {"seconds": seconds[0], "start_up": seconds[1]} if isinstance(seconds, tuple) else {"seconds": seconds}
