"""Evaluations and benchmarks: measured, compared, gated."""
