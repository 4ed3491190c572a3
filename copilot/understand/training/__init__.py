"""Training of the head: rows from the rulebook, one sparse design, layers and merges fitted on held-out folds."""
