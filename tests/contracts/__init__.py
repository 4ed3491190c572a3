"""Suites that every adapter passes."""
