"""Inference engines, as the peers in Python hold them: a list of encoded pictures → N x 1280 features."""

import numpy as np

from pixels import Normaliser, load


class OnnxRuntime:
    def __init__(self, settings):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = settings.engine_threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # Several sessions share the cores.
        self.session = onnxruntime.InferenceSession(settings.onnx, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.prepare = Normaliser(settings)
        self.step = settings.engine_batch

    def __call__(self, contents) -> np.ndarray:
        parts = [contents[i : i + self.step] for i in range(0, len(contents), self.step)]
        return np.concatenate([self.session.run(None, {self.input: self.prepare(part)})[0] for part in parts])


class OpenVino:
    """As OpenVINO's documents say: preprocessing inside the network, requests in flight, throughput hint."""

    def __init__(self, settings):
        import openvino as ov

        core = ov.Core()
        network = core.read_model(settings.onnx)
        network.reshape([1, 3, settings.height, settings.width])
        steps = ov.preprocess.PrePostProcessor(network)
        steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
        steps.input().model().set_layout(ov.Layout("NCHW"))
        steps.input().preprocess().convert_element_type(ov.Type.f32).mean(settings.mean).scale(settings.scale)
        self.compiled = core.compile_model(steps.build(), "CPU", {
            "PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32", "ENABLE_CPU_PINNING": False,
            "NUM_STREAMS": settings.engine_threads, "INFERENCE_NUM_THREADS": settings.engine_threads})
        self.queue = ov.AsyncInferQueue(self.compiled, settings.engine_threads)
        self.size = settings.width, settings.height

    def __call__(self, contents) -> np.ndarray:
        features = np.empty((len(contents), self.compiled.output().shape[1]), np.float32)
        self.queue.set_callback(lambda request, i: features.__setitem__(i, request.get_output_tensor().data[0]))
        for i, content in enumerate(contents):
            self.queue.start_async(load(content, *self.size)[None], i)
        self.queue.wait_all()
        return features


ENGINES = {"onnxruntime": OnnxRuntime, "openvino": OpenVino}
