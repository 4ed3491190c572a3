"""What to do next, by when and by whom: clocks, escalation, steps, the record."""
