"""Replies from approved wording and clauses in force."""
