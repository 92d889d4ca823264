"""The torch side: trains architectures and writes them as ONNX graphs into `models/`. See docs/architecture.md."""
