"""ONNX Runtime, as the x-ray uses it."""

import tempfile

import onnx
import onnxruntime as ort


def plain_session(model: onnx.ModelProto, **options) -> ort.InferenceSession:
    """A session on the CPU that runs the nodes as they stand and opens no other file for weights."""
    settings = ort.SessionOptions()
    settings.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    settings.intra_op_num_threads = 1
    settings.log_severity_level = 3
    for name, value in options.items():
        setattr(settings, name, value)
    with tempfile.TemporaryDirectory() as empty:
        settings.add_session_config_entry("session.model_external_initializers_file_folder_path", empty)
        return ort.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
