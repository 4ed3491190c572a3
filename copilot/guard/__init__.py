"""The guard: judges every reply clause by clause against the compliance rules, and fails closed."""
