"""The serving side: runs ONNX graphs and shows them. Never imports torch. See docs/architecture.md."""
