"""Documents, versions, clauses and validity in SQL: the truth that the projections follow."""
