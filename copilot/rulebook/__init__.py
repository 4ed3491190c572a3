"""The policy as data: what a policy owner may change without touching Python."""
