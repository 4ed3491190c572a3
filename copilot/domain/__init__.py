"""The words of the domain: tickets, suggestions, commitments, citations. No I/O, no framework."""
