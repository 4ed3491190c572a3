"""Kills between any two steps of a knowledge base's work, and what must hold afterwards."""
