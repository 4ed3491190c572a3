"""From clean text to clauses: headings, numbered items, articles, questions; long ones split by sentence."""
