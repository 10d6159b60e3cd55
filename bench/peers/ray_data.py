"""Ray Data: files as blocks, and a pool of actors that decode, resize and embed."""

import ray

from engines import ENGINES
from protocol import serve


class Embed:
    def __init__(self, settings):
        self.engine = ENGINES[settings.engine](settings)

    def __call__(self, batch: dict) -> dict:
        return {"path": batch["path"], "features": self.engine(list(batch["bytes"]))}


def start(settings):
    ray.init(num_cpus=settings.threads, include_dashboard=False, log_to_driver=False)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = False

    def job(images, out):
        files = ray.data.read_binary_files(images, include_paths=True, override_num_blocks=settings.blocks)
        features = files.map_batches(Embed, fn_constructor_args=[settings], batch_size=settings.batch,
                                     num_cpus=settings.cpus_per_instance,
                                     compute=ray.data.ActorPoolStrategy(size=settings.instances))
        features.write_parquet(f"{out}/features")

    return job


if __name__ == "__main__":
    serve(start, "ray", "onnxruntime", "Pillow")
