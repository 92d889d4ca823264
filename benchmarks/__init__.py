"""Measurements, each a ratio or a figure with its spread: python -m benchmarks. Not tests: nothing here passes or fails."""
