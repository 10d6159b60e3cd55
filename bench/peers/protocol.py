"""What every peer speaks with bench/compare: lines of JSON.

Started as `python PEER.py SETTINGS`, where SETTINGS is a JSON object: the network (`onnx`, `width`, `height`, `mean`,
`scale`), `threads`, and the peer's own settings. It answers {"versions": ...} once it is ready for work, then one
line for each job {"images": FOLDER, "out": FOLDER} on its standard input: {"seconds": {TASK: SECONDS}}, counted from
the folder's name to the Parquet files in OUT/features (`path`, `features`) and, for a peer that goes on to a PCA,
OUT/pca. It ends with its input.
"""

import importlib.metadata
import json
import os
import sys
import time
import types

FEATURES, REDUCED = "features", "features + PCA"


def serve(start, *packages: str) -> None:
    """`start(settings)` gives the function that does a job: (images, out) -> seconds of each task, or None for one
    whose work ends with the features."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # What libraries print is no answer.
    job = start(types.SimpleNamespace(**json.loads(sys.argv[1])))
    print(json.dumps({"versions": {name: importlib.metadata.version(name) for name in packages}}), file=answers)
    for line in sys.stdin:
        request = json.loads(line)
        began = time.monotonic()
        seconds = job(request["images"], request["out"]) or {FEATURES: time.monotonic() - began}
        print(json.dumps({"seconds": seconds}), file=answers)
