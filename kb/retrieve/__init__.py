"""From a question to clauses in force: candidates of both projections, fused, filtered by SQL's truth."""
