"""Runs in the environment of the guard's peers; `run` needs the standard library alone until it meets them."""
