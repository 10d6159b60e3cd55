"""Who takes part, how each is started, and with which settings.

A setting is in `settings` because the peer's documents recommend it or because it was the fastest of those tried; what
was tried stands in docs/performance.md. `bench/compare --set NAME.SETTING=VALUE` tries another.
"""

from dataclasses import dataclass, field

FEATURES, REDUCED, ENGINE = "features", "features + PCA", "engine alone"


@dataclass
class Contender:
    name: str
    title: str
    script: str  # in bench/peers
    environment: str = ""  # bench/requirements/ENVIRONMENT.txt; empty: that of the tests
    settings: dict = field(default_factory=dict)
    least_cosine: float | None = None  # of each image's features to Coulis's in f32; None: other weights
    note: str = ""
    needs_java: bool = False


def contenders(cores: int) -> list[Contender]:
    engine = {"instances": cores, "engine_threads": 1, "engine_batch": 1}
    spark = {"memory": "4g"}
    return [
        Contender("coulis-f32", "Coulis, f32", "coulis_run.py", settings={"precision": "f32"}, least_cosine=0.99999),
        Contender("coulis-bf16", "Coulis, bf16", "coulis_run.py", settings={"precision": "bf16"}, least_cosine=0.9),
        Contender("coulis-int8", "Coulis, int8", "coulis_run.py", settings={"precision": "int8"}, least_cosine=0.8),
        Contender("coulis-spark", "Coulis on Spark, f32: the stages", "coulis_spark.py", "today",
                  {"precision": "f32", "open_cost": 131072} | spark, least_cosine=0.99999, needs_java=True),
        Contender("coulis-job", "Coulis on Spark, f32: the job", "coulis_job.py", "today",
                  {"precision": "f32"} | spark, least_cosine=0.99999, needs_java=True),
        Contender("engine-f32", "Coulis's engine alone, f32", "coulis_engine.py", settings={"precision": "f32"}),
        Contender("engine-bf16", "Coulis's engine alone, bf16", "coulis_engine.py", settings={"precision": "bf16"}),
        Contender("engine-int8", "Coulis's engine alone, int8", "coulis_engine.py", settings={"precision": "int8"}),
        Contender("today", "Today's chain: Spark + Keras", "today_chain.py", "today",
                  {"partitions": 24, "batch": 1024, "predict_batch": 32, "components": 200} | spark,
                  note="Keras's MobileNetV2 with random weights", needs_java=True),
        Contender("synapseml", "SynapseML ONNXModel + ImageTransformer", "synapseml_onnx.py", "synapseml",
                  {"partitions": 2 * cores, "batch": 1} | spark, least_cosine=0.9,
                  note="resizes by OpenCV, bilinear", needs_java=True),
        Contender("ray", "Ray Data + ONNX Runtime", "ray_data.py", "ray",
                  {"engine": "onnxruntime", "batch": 32, "blocks": 4 * cores, "cpus_per_instance": 0.5} | engine,
                  least_cosine=0.9999),
        Contender("daft-onnx", "Daft + ONNX Runtime", "daft_dataframe.py", "daft",
                  {"engine": "onnxruntime", "batch": 32, "connections": 32} | engine, least_cosine=0.9999),
        Contender("daft-openvino", "Daft + OpenVINO", "daft_dataframe.py", "daft",
                  {"engine": "openvino", "batch": 32, "connections": 32, "instances": 1, "engine_threads": cores},
                  least_cosine=0.9999),
    ]
