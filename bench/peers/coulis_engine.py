"""The ceiling: Coulis's inference engine on inputs that are ready, `coulis bench`'s stage "engine alone"."""

import json
import subprocess

from protocol import ENGINE, serve


def start(settings):
    def job(images, _):
        done = subprocess.run([settings.coulis, "bench", images, "--images", "0", "--rounds", "1", "--json", "--quiet",
                               "--model", settings.model, "--precision", settings.precision,
                               "--threads", str(settings.threads)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip().removeprefix("coulis: error: "))
        rates = {stage["stage"]: stage["images_per_second"] for stage in json.loads(done.stdout)["stages"]}
        return {ENGINE: settings.images / rates["engine alone"]}

    return job


if __name__ == "__main__":
    serve(start)
